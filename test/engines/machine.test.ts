import assert from "node:assert/strict";
import { after, test } from "node:test";
import { runtimeName } from "../helpers/runtime.ts";
import { EngineMachine } from "./machine/machine.ts";

const machine = new EngineMachine();
after(() => machine.close());

test("a machine has the runtime under test", () => {
  assert.match(machine.succeed([machine.runtime, "--version"]), new RegExp(`^${runtimeName} version `));
  const [call] = machine.recordings();
  assert.deepEqual(call?.argv, [machine.runtime, "--version"]);
  assert.match(call?.end?.stdout?.text ?? "", new RegExp(`^${runtimeName} version `));
});
