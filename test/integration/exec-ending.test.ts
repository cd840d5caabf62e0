// `exec` in a container that ends while it is entered: its init is killed at each of exec's calls (src/sys/faults.ts).
import assert from "node:assert/strict";
import { forEachFault } from "../helpers/faults/for-each-fault.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine } from "../helpers/runtime.ts";

leaveNothing();

/** What Docker (daemon/errors.go) and Podman (libpod/oci_util.go) take for a program that is missing or no program. */
const ofPrograms =
  /no such file or directory|not a directory|is a directory|executable file not found|permission denied/i;

it("exec in a container whose init is killed at any of its calls says that it has stopped", (box) => {
  let late = 0;
  const count = forEachFault(box, "TSRUN_DIE_AT", ({ executable, env }, n) => {
    const id = box.running();
    const options = { executable, env: { ...env, TSRUN_DIE_PID: String(box.state(id).pid) } };
    const result = box.call(["exec", id, "/bin/sleep", "0"], options);
    assert.equal(result.signal, null, `hung at call ${n}`);
    if (result.status === 255) {
      late++;
      assert.match(lastLine(result), /exec failed: cannot exec in a stopped container/, `call ${n}`);
      assert.doesNotMatch(result.stderr, ofPrograms, `call ${n}`);
    } else {
      // Its program ran before, and was killed with the container or ended in time.
      assert.ok([0, 137].includes(result.status ?? -1), `call ${n}: ${result.stderr}`);
    }
    box.succeed(["delete", "--force", id]);
  });
  assert.ok(late > 20, `only ${late} of ${count} calls came too late`);
});

it("exec in a container that stopped before says nothing more", (box) => {
  const id = box.running();
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  assert.match(
    lastLine(box.call(["exec", id, "/bin/true"])),
    /msg="exec failed: cannot exec in a stopped container"$/,
  );
});
