import assert from "node:assert/strict";
import { test } from "node:test";
import { processInfo } from "../../../../src/container/process-info.ts";
import { runScript } from "../../../helpers/script.ts";
import { until } from "../../../helpers/wait.ts";

/** Makes hands and is killed before it has given them anything to do, before the next, and after a change of the user. */
const script = `
  import { writeSync } from "node:fs";
  import { cloneHand } from "./test/helpers/in-hand.ts";
  const hands = [cloneHand(), cloneHand(), cloneHand()];
  hands[1].call({ name: "getpid", args: [] });
  hands[2].attempt({ name: "setresuid", args: [1000, 1000, 1000] });
  writeSync(1, JSON.stringify(hands.map(({ pid }) => pid)));
  process.kill(process.pid, "SIGKILL");
`;

const isGone = (pid: number): boolean => [undefined, "Z", "X"].includes(processInfo(pid)?.state);

/** Less than a hand's deadline, which is for what cannot be heard of. */
const AT_ONCE = 5_000;

test("a hand does not outlive its parent, whatever it has been given to do", () => {
  const { stdout, signal } = runScript(script);
  assert.equal(signal, "SIGKILL");
  for (const pid of JSON.parse(stdout) as number[]) until("the hand to end", () => isGone(pid), AT_ONCE);
});
