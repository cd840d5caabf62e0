// A machine of each of Debian's releases, and the recorder in it.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { runtimeName } from "../helpers/runtime.ts";
import { EngineMachine } from "./machine/machine.ts";
import { suites } from "./machine/tree.ts";

for (const suite of suites) {
  const machine = new EngineMachine(suite);
  after(() => machine.close());

  test(`a machine of ${suite} has the runtime under test, recorded`, () => {
    const said = machine.succeed([machine.runtime, "--version"]);
    assert.match(said, new RegExp(`^${runtimeName} version `));
    const features = machine.succeed([machine.runtime, "features"]);
    const calls = machine.recordings();
    assert.deepEqual(
      calls.map(({ argv }) => argv),
      [
        [machine.runtime, "--version"],
        [machine.runtime, "features"],
      ],
    );
    assert.deepEqual(
      calls.map(({ end }) => end?.stdout?.text),
      [said, features],
    );
  });
}
