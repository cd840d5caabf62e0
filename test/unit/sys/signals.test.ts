import assert from "node:assert/strict";
import { constants } from "node:os";
import { test } from "node:test";
import { signalName, signalNumber } from "../../../src/sys/signals.ts";

for (const [name, number] of Object.entries(constants.signals)) {
  test(`signalNumber() knows ${name} with and without SIG, in any case`, () => {
    const bare = name.slice(3);
    for (const form of [name, bare, name.toLowerCase(), bare.toLowerCase(), `Sig${bare}`]) {
      assert.equal(signalNumber(form), number, form);
    }
  });
}

const realTime: readonly (readonly [name: string, number: number | undefined])[] = [
  ["SIGRTMIN", 34],
  ["rtmin+3", 37],
  ["RTMIN+30", 64],
  ["RTMIN+31", undefined],
  ["RTMIN-1", undefined],
  ["SIGRTMAX", 64],
  ["RTMAX-30", 34],
  ["RTMAX-31", undefined],
  ["RTMAX+1", undefined],
  ["RTMIN+", undefined],
  ["RTMIN+x", undefined],
];

for (const [name, number] of realTime) {
  test(`signalNumber() ${number === undefined ? "refuses" : "knows"} ${name}`, () => {
    assert.equal(signalNumber(name), number);
  });
}

for (const name of ["", "SIG", "BOGUS", "SIGSIGKILL", "KILL ", "9", "constructor"]) {
  test(`signalNumber() refuses ${JSON.stringify(name)}`, () => {
    assert.equal(signalNumber(name), undefined);
  });
}

test("signalName() gives a name that signalNumber() takes back, for every signal", () => {
  for (let number = 1; number <= 64; number++) {
    const name = signalName(number);
    // 32 and 33 belong to glibc's threads and have no name.
    assert.equal(signalNumber(name), number === 32 || number === 33 ? undefined : number, name);
  }
  assert.equal(signalName(15), "SIGTERM");
  assert.equal(signalName(37), "SIGRTMIN+3");
  assert.equal(signalName(32), "32");
});
