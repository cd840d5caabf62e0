import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { local } from "../../../src/sys/local.ts";
import { POLLIN, poll } from "../../../src/sys/poll.ts";
import { handlerCode, restorerCode, SignalTrap } from "../../../src/sys/signal-trap.ts";
import { skipUnless } from "../../helpers/skip.ts";

const SIGUSR2 = 12;
const SIGRTMIN = 34;

function send(signal: number): void {
  local.call({ name: "kill", args: [process.pid, signal] });
}

/** What arrives within 300 ms: other threads may still be in the handler. */
function arrivals(trap: SignalTrap): number[] {
  const signals: number[] = [];
  for (const deadline = Date.now() + 300; Date.now() < deadline; ) {
    poll(local, [{ fd: trap.descriptor, events: POLLIN }], 50);
    signals.push(...trap.take());
  }
  return signals;
}

test("SignalTrap takes every signal once, whichever thread gets it", () => {
  using trap = new SignalTrap([SIGUSR2, SIGRTMIN]);
  for (let i = 0; i < 50; i++) send(SIGRTMIN);
  send(SIGUSR2);
  const signals = arrivals(trap);
  assert.equal(signals.filter((signal) => signal === SIGRTMIN).length, 50);
  assert.equal(signals.filter((signal) => signal === SIGUSR2).length, 1);
  assert.deepEqual(trap.take(), []);
});

test("SignalTrap gives the signals back their actions", async () => {
  const handled = new Promise<void>((done) => process.once("SIGUSR2", () => done()));
  const trap = new SignalTrap([SIGUSR2]);
  trap[Symbol.dispose]();
  send(SIGUSR2);
  // A signal alone does not keep the event loop going.
  const alive = setTimeout(() => {}, 10_000);
  await handled;
  clearTimeout(alive);
  assert.deepEqual(trap.take(), []);
});

/** The instructions of `code` as objdump names them. */
function disassemble(
  code: readonly (readonly [bytes: string, text: string])[],
  tool: string,
  flags: string[],
): string[] {
  const directory = mkdtempSync(join(tmpdir(), "tsrun-unit-"));
  try {
    const file = join(directory, "code");
    writeFileSync(file, Buffer.from(code.map(([bytes]) => bytes).join(""), "hex"));
    const output = execFileSync(tool, ["-D", "-b", "binary", ...flags, file], { encoding: "utf8" });
    const texts = [...output.matchAll(/^\s+[0-9a-f]+:\t[0-9a-f ]+\t(.*)$/gm)].map(([, text = ""]) => text);
    return texts.map((text) =>
      text
        .replace(/\s*\/\/.*$/, "")
        .trim()
        .replace(/\s+/g, " "),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("handlerCode and restorerCode of x86-64 are the instructions that they say", () => {
  const code = [...handlerCode.x64(0x1234), ...restorerCode];
  const found = disassemble(code, "objdump", ["-m", "i386:x86-64", "-M", "intel"]);
  assert.deepEqual(
    found,
    code.map(([, text]) => text),
  );
});

test("handlerCode of arm64 is the instructions that it says", (t) => {
  const tool = "aarch64-linux-gnu-objdump";
  const present = spawnSync(tool, ["--version"]).status === 0;
  if (!skipUnless(t, present, "arm64Objdump")) return;
  const code = handlerCode.arm64(0x1234);
  assert.deepEqual(
    disassemble(code, tool, ["-m", "aarch64"]),
    code.map(([, text]) => text),
  );
});
