// `exec`, failed at each of its records and killed at each of its calls (src/sys/faults.ts).
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Config, mapUsers } from "../helpers/config.ts";
import { forEachFault } from "../helpers/faults/for-each-fault.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { asking, SeccompAgent } from "../helpers/seccomp-agent/seccomp-agent.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

/** Containers that exec enters in different ways. */
const containers: Readonly<Record<string, (config: Config) => void>> = {
  "of the default configuration": () => {},
  "with a user namespace and limits": (config) => {
    mapUsers(config, 100_000, 65_536);
    config.process.user = { uid: 1000, gid: 1000, additionalGids: [5] };
    config.process.oomScoreAdj = 500;
    config.process.execCPUAffinity = { initial: "0", final: "0" };
    config.linux.resources = { memory: { limit: 67_108_864 }, pids: { limit: 50 } };
  },
};

/** Waits until nobody but init is in the container. */
function untilAlone(box: Sandbox, id: string): void {
  const { pid } = box.state(id);
  const alone = `[${pid}]`;
  until("the process to be gone", () => box.succeed(["ps", "--format", "json", id]).stdout.trim() === alone);
}

for (const [what, adjust] of Object.entries(containers)) {
  it(`exec fails cleanly at the failure of each record in a container ${what}`, (box) => {
    const id = box.running(adjust);
    box.succeed(["exec", id, "/bin/true"]);
    const file = join(box.directory, "pid");
    const count = forEachFault(box, "TSRUN_FAIL_RECORD", (options, _what, n) => {
      const result = box.call(["exec", "--pid-file", `${file}-${n}`, id, "/bin/true"], options);
      assert.equal(result.signal, null, `hung at record ${n}`);
      // A record that may fail, or none left.
      if (result.status !== 0) {
        assert.equal(result.status, 255, `record ${n}: ${result.stderr}`);
        assert.match(lastLine(result), /level=error msg="exec failed: .+"/, `record ${n}`);
      }
      assert.equal(existsSync(`${file}-${n}`), result.status === 0, `record ${n}`);
      untilAlone(box, id);
    });
    assert.ok(count > 20, `only ${count} records`);
  });

  it(`exec leaves nothing in a container ${what} when it is killed at each of its calls`, (box) => {
    const id = box.running(adjust);
    const count = forEachFault(box, "TSRUN_DIE_AT", (options) => {
      box.call(["exec", id, "/bin/true"], options);
      untilAlone(box, id);
    });
    assert.ok(count > 20, `only ${count} calls`);
    box.succeed(["exec", id, "/bin/true"]);
  });
}

it("exec fails cleanly at the failure of each record under a filter with an agent", (box) => {
  let id: string;
  {
    using agent = new SeccompAgent(box.directory);
    id = box.running((config) => {
      config.linux.seccomp = asking(agent, ["mkdir", "mkdirat"]);
    });
  }
  const count = forEachFault(box, "TSRUN_FAIL_RECORD", (options, _what, n) => {
    using _agent = new SeccompAgent(box.directory);
    const result = box.call(["exec", id, "/bin/true"], options);
    assert.equal(result.signal, null, `hung at record ${n}`);
    if (result.status !== 0) assert.equal(result.status, 255, `record ${n}: ${result.stderr}`);
    untilAlone(box, id);
  });
  assert.ok(count > 20, `only ${count} records`);
});
