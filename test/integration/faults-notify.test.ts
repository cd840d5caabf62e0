// Failures where a listener is handed over: the end of create, when a process that shares init's descriptors is still there.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { DescriptorReceiver } from "../helpers/descriptor-receiver.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine, type Result } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { asking } from "../helpers/seccomp-agent/seccomp-agent.ts";

leaveNothing();

/** The same runtime, built to fail or die on demand (src/sys/faults.ts). */
const executable = resolve("build/tsrun-faults");

/** So many faults before the last one are tried: more than the listener's way has records or calls. */
const END = 40;
/** More than create has of either. */
const MAX = 4096;

/** Runs create, under a filter that asks an agent, with its n-th fault. @returns undefined where there are not so many */
type Attempt = (n: number) => { readonly id: string; readonly result: Result } | undefined;

function attempts(
  box: Sandbox,
  agent: DescriptorReceiver,
  kind: "TSRUN_FAIL_RECORD" | "TSRUN_DIE_AT",
): Attempt {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    config.linux.seccomp = asking(agent, ["mkdir"]);
  });
  box.succeed(["run", "--bundle", bundle, box.newId()]);
  return (n) => {
    const id = box.newId();
    const mark = join(box.directory, `mark-${id}`);
    const env = { [kind]: String(n), TSRUN_FAULT_MARK: mark };
    const result = box.call(["create", "--bundle", bundle, id], { executable, env });
    if (existsSync(mark)) return { id, result };
    box.succeed(["delete", "--force", id]);
    return undefined;
  };
}

/** The number of the last fault that there is. */
function lastFault(box: Sandbox, attempt: Attempt): number {
  let [is, isNot] = [0, MAX];
  while (isNot - is > 1) {
    const middle = Math.floor((is + isNot) / 2);
    const struck = attempt(middle);
    if (struck === undefined) isNot = middle;
    else is = middle;
    if (struck !== undefined) box.succeed(["delete", "--force", struck.id]);
  }
  return is;
}

it("create leaves nothing where a record about its listener fails", (box) => {
  using agent = new DescriptorReceiver(join(box.directory, "agent.sock"), MAX);
  const attempt = attempts(box, agent, "TSRUN_FAIL_RECORD");
  const last = lastFault(box, attempt);
  assert.ok(last > END, `only ${last} records`);
  let refused = 0;
  for (let n = last - END; n <= last; n++) {
    const { id, result } = attempt(n) ?? assert.fail(`no record ${n}`);
    if (result.status === 0) {
      // A record that may fail, or that init carries out once create has ended.
      box.succeed(["delete", "--force", id]);
    } else {
      refused++;
      assert.equal(result.status, 1, `record ${n}: ${result.stderr}`);
      assert.match(lastLine(result), /level=error msg=".+: .+"|before its seccomp filter/, `record ${n}`);
    }
    box.assertEmpty();
  }
  // Before Linux 5.11 many of them mark one descriptor each, which may fail.
  assert.ok(refused > END / 4, `only ${refused} failures`);
});

it("delete --force removes what a SIGKILL of create leaves while its listener is handed over", (box) => {
  using agent = new DescriptorReceiver(join(box.directory, "agent.sock"), MAX);
  const attempt = attempts(box, agent, "TSRUN_DIE_AT");
  const last = lastFault(box, attempt);
  let killed = 0;
  for (let n = last - END; n <= last; n++) {
    // How often it sleeps until init has done something, and so how many calls there are, is not always the same.
    const struck = attempt(n);
    if (struck === undefined) continue;
    killed++;
    box.succeed(["delete", "--force", struck.id]);
    box.assertEmpty();
  }
  assert.ok(killed > END / 2, `only ${killed} calls`);
});
