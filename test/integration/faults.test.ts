import assert from "node:assert/strict";
import type { Config } from "../helpers/config.ts";
import { faultBundles } from "../helpers/faults/bundles.ts";
import { forEachFault } from "../helpers/faults/for-each-fault.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

/** A bundle that runs where nothing fails: else every failure would count as an injected one. */
function makeBundle(box: Sandbox, adjust: (config: Config) => void): string {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    adjust(config);
  });
  box.succeed(["run", "--bundle", bundle, box.newId()]);
  return bundle;
}

for (const [what, adjust] of Object.entries(faultBundles)) {
  it(`run fails cleanly at the failure of each record with ${what}`, (box) => {
    const bundle = makeBundle(box, adjust);
    const count = forEachFault(box, "TSRUN_FAIL_RECORD", (options, _what, n) => {
      const id = box.newId();
      const result = box.call(["run", "--bundle", bundle, id], options);
      assert.equal(result.signal, null, `hung at record ${n}`);
      if (result.status === 0) {
        // A record that may fail, or none left.
        box.succeed(["delete", "--force", id]);
      } else {
        assert.equal(result.status, 1, `record ${n}: ${result.stderr}`);
        // Where the runtime could do without the record, what it does instead may fail with words of its own.
        assert.match(lastLine(result), /level=error msg=".+: .+"/, `record ${n}`);
      }
      box.assertEmpty();
    });
    assert.ok(count > 20, `only ${count} records`);
  });

  it(`delete --force removes what a SIGKILL of create leaves at each of its calls with ${what}`, (box) => {
    const bundle = makeBundle(box, adjust);
    const count = forEachFault(box, "TSRUN_DIE_AT", (options) => {
      const id = box.newId();
      box.call(["create", "--bundle", bundle, id], options);
      box.succeed(["delete", "--force", id]);
      box.assertEmpty();
    });
    assert.ok(count > 20, `only ${count} calls`);
  });

  for (const command of ["start", "kill", "delete --force"]) {
    it(`delete --force removes what a SIGKILL of ${command} leaves at each of its calls with ${what}`, (box) => {
      const bundle = makeBundle(box, adjust);
      const count = forEachFault(box, "TSRUN_DIE_AT", (options) => {
        const id = box.newId();
        box.succeed(["create", "--bundle", bundle, id]);
        box.call([...command.split(" "), id], options);
        box.succeed(["delete", "--force", id]);
        box.assertEmpty();
      });
      assert.ok(count > 0, `only ${count} calls`);
    });
  }
}
