import assert from "node:assert/strict";
import { test } from "node:test";
import { processInfo } from "../../../../src/container/process-info.ts";
import { runScript } from "../../../helpers/script.ts";
import { skipUnless } from "../../../helpers/skip.ts";
import { until } from "../../../helpers/wait.ts";

/** Clones a hand that is never told to die with its parent, and is killed. `BATCH` is what it has the hand do first. */
const script = `
  import { writeSync } from "node:fs";
  import { withSignalsBlocked } from "./src/sys/signal-mask.ts";
  import { cloneChild } from "./src/sys/stub/clone.ts";
  import { newControl } from "./src/sys/stub/control.ts";
  import { HandMemory } from "./src/sys/stub/hand-memory.ts";
  import { control } from "./src/sys/stub/protocol.ts";
  import { writeRecord } from "./src/sys/stub/write-record.ts";
  const { BATCH, NAMESPACES } = process.env;
  const others = [new HandMemory(4096), new HandMemory(4096)];
  for (const memory of others) newControl(memory);
  const memory = new HandMemory(4096);
  const [block, records] = newControl(memory);
  others[0].unmap();
  memory.setU32(block + control.count, 0);
  if (BATCH === "long") {
    const time = memory.keep(16);
    memory.setAddress(time + 8, 300_000_000);
    writeRecord(memory, records, { name: "nanosleep", args: [time, 0] });
    memory.setU32(block + control.count, 1);
  }
  const scratch = memory.keep(8);
  const options = { namespaces: Number(NAMESPACES) };
  const { pid } = withSignalsBlocked(() => cloneChild(memory, block, scratch, options));
  writeSync(1, String(pid));
  process.kill(process.pid, "SIGKILL");
`;

const CLONE_NEWPID = 0x20000000;

/** Less than anything that waits for a time to pass. */
const AT_ONCE = 5_000;

const isGone = (pid: number): boolean => [undefined, "Z", "X"].includes(processInfo(pid)?.state);

function killParent(env: Record<string, string>): void {
  const { stdout, signal, stderr } = runScript(script, { env });
  assert.equal(signal, "SIGKILL", stderr);
  until("the hand to end", () => isGone(Number(stdout)), AT_ONCE);
}

test("a hand that waits hears of its parent's death, whatever it has been told before", () => {
  killParent({ NAMESPACES: "0" });
});

test("a hand that is at work hears of its parent's death when that is done", () => {
  killParent({ NAMESPACES: "0", BATCH: "long" });
});

test("the first process of a pid namespace, too, hears of its parent's death", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  killParent({ NAMESPACES: String(CLONE_NEWPID) });
});
