import assert from "node:assert/strict";
import { test } from "node:test";
import { processInfo } from "../../../../src/container/process-info.ts";
import { runScript } from "../../../helpers/script.ts";
import { until } from "../../../helpers/wait.ts";

/** Makes hands and is killed before it has given them anything to do, or before the next. */
const script = `
  import { writeSync } from "node:fs";
  import { armParentDeath } from "./src/sys/process.ts";
  import { cloneHand } from "./test/helpers/in-hand.ts";
  const hands = [cloneHand(), cloneHand(), cloneHand()];
  armParentDeath(hands[1]);
  hands[1].flush();
  hands[2].call({ name: "getpid", args: [] });
  writeSync(1, JSON.stringify(hands.map(({ pid }) => pid)));
  process.kill(process.pid, "SIGKILL");
`;

const isGone = (pid: number): boolean => [undefined, "Z", "X"].includes(processInfo(pid)?.state);

test("a hand does not outlive its parent, whether it hears of its death or not", () => {
  const { stdout, signal } = runScript(script);
  assert.equal(signal, "SIGKILL");
  const [silent = 0, armed = 0, unarmed = 0] = JSON.parse(stdout) as number[];
  until("the hand that hears of it to end", () => isGone(armed));
  until("the hand that has had no turn to end", () => isGone(silent));
  until("the hand that does not hear of it to end", () => isGone(unarmed));
});
