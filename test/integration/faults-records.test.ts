// Each record of init, failed with what a machine that is full, or says no, answers (src/sys/faults.ts, errnos.ts): the command
// ends with one clear line, or the container is the same as without the failure.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { faultBundles } from "../helpers/faults/bundles.ts";
import { forEachFailure } from "../helpers/faults/for-each-fault.ts";
import { assertClear, assertEnded, assertGoes, assertTold } from "../helpers/faults/verdict.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

/** What a container's program can see that init has made: mounts, rights, devices, names, limits. */
const look = [
  "cut -d' ' -f4- /proc/self/mountinfo",
  "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs)' /proc/self/status",
  "stat -c '%A %u %g %t,%T %N' /dev/*",
  "hostname; pwd; umask; ulimit -n; ls -a /proc/acpi /sys/firmware",
  "cat /proc/kcore | head -c 1 | wc -c",
].join("; ");

/** Calls whose failure leaves another container, or words of their own. */
const different: Readonly<Record<string, string>> = {
  umask: "always succeeds (umask(2))",
  mknodat: "where it is refused the host's nodes are bound",
  symlinkat: "of a link in /dev, which the image may have: it is done without",
};

/** The call that the fault has struck. */
function struck(env: NodeJS.ProcessEnv): string {
  const mark = env["TSRUN_FAULT_MARK"] ?? "";
  return existsSync(mark) ? readFileSync(mark, "utf8") : "";
}

/** What differs from one container to the next: the ids in paths. */
function comparable(text: string, directory: string): string {
  return text.replaceAll(directory, "").replaceAll(/tsrun-test-[\w-]+/g, "ID");
}

for (const [what, adjust] of Object.entries(faultBundles)) {
  it(`run bears each record's failure for want of rights, room, descriptors or memory with ${what}`, (box) => {
    const bundle = box.bundle((config) => {
      adjust(config);
      config.process.args = ["/bin/sh", "-c", `${look} 2>&1`];
    });
    const expected = box.succeed(["run", "--bundle", bundle, box.newId()]).stdout;
    const count = forEachFailure(box, (options, fault) => {
      const id = box.newId();
      const result = box.call(["run", "--bundle", bundle, id], options);
      assertEnded(box, result, fault);
      assertTold(box, id, fault);
      if (different[struck(options.env)] !== undefined) return assertGoes(box, id, fault);
      if (result.status !== 0) assertClear(result, 1, fault);
      else assert.equal(comparable(result.stdout, box.directory), comparable(expected, box.directory), fault);
      assertGoes(box, id, fault);
    });
    assert.ok(count > 20, `only ${count} records`);
  });
}

it("exec bears each record's failure for want of rights, room, descriptors or memory", (box) => {
  const id = box.running();
  const count = forEachFailure(box, (options, fault) => {
    const result = box.call(["exec", id, "/bin/sh", "-c", "grep ^Cap /proc/self/status; exit 7"], options);
    assertEnded(box, result, fault);
    if (different[struck(options.env)] !== undefined) return;
    if (result.status !== 7) assertClear(result, 255, fault);
    else assert.match(result.stdout, /^CapEff:\t00000020a80425fb$|^CapEff:\t0+[0-9a-f]+$/m, fault);
    assert.equal(assertTold(box, id, fault), "running", fault);
  });
  assert.ok(count > 20, `only ${count} records`);
});
