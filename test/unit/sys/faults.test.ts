import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { faults } from "../../../src/sys/faults.ts";
import { withDirectory } from "../../helpers/directory.ts";
import { runScript } from "../../helpers/script.ts";

const define = { TSRUN_FAULTS: "true" };
const failing = `
  import { faults } from "./src/sys/faults.ts";
  import { Memory } from "./src/sys/memory.ts";
  const calls = [["a", true], ["a", true], ["b", true], ["b", false], ["b", false]];
  console.log(calls.map(([name, optional]) => faults?.failsRecord(new Memory(4096), name, optional)).join());
`;
const dying = `
  import { writeSync } from "node:fs";
  import { local } from "./src/sys/local.ts";
  for (const call of [1, 2, 3]) {
    local.call({ name: "getpid", args: [] });
    writeSync(1, String(call));
  }
`;

test("faults are not in what is shipped", () => {
  assert.equal(faults, undefined);
  const env = { TSRUN_DIE_AT: "1", TSRUN_FAIL_RECORD: "1" };
  assert.equal(runScript(dying, { env }).stdout, "123");
  assert.equal(runScript(failing, { env }).stdout, ",,,,\n");
});

test("faults fail the record asked for, once, and leave their mark", () => {
  withDirectory((directory) => {
    const mark = join(directory, "mark");
    const run = (n: number) =>
      runScript(failing, { define, env: { TSRUN_FAIL_RECORD: String(n), TSRUN_FAULT_MARK: mark } }).stdout;
    assert.equal(run(5), "false,false,false,false,false\n");
    assert.equal(existsSync(mark), false);
    assert.equal(run(3), "false,false,false,true,false\n");
    assert.equal(readFileSync(mark, "utf8"), "b");
  });
});

test("faults kill the process at the call asked for", () => {
  const { stdout, signal } = runScript(dying, { define, env: { TSRUN_DIE_AT: "3" } });
  assert.deepEqual([stdout, signal], ["12", "SIGKILL"]);
});

test("faults do nothing unless they are asked for", () => {
  assert.equal(runScript(dying, { define }).stdout, "123");
});
