import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { setNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { runtimePath } from "../helpers/runtime.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

const fingerprint = () => {
  const { mode, uid, gid, size, ino } = statSync(runtimePath);
  return `${createHash("sha256").update(readFileSync(runtimePath)).digest("hex")} ${mode} ${uid} ${gid} ${size} ${ino}`;
};

const before = fingerprint();
after(() => assert.equal(fingerprint(), before, "the host's executable was changed"));

it("an entry point that names /proc/self/exe as its interpreter fails (CVE-2019-5736)", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/entry"];
  });
  writeFileSync(join(bundle, "rootfs/entry"), "#!/proc/self/exe\n", { mode: 0o755 });
  box.fail(["run", "--bundle", bundle, box.newId()]);
});

it("/proc/self/exe as the program fails (CVE-2019-5736)", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/proc/self/exe", "--version"];
  });
  const result = box.call(["run", "--bundle", bundle, box.newId()]);
  assert.notEqual(result.status, 0);
  assert.doesNotMatch(result.stdout, /version/, "the runtime ran inside the container");
});

/**
 * Looks at every process that appears in its pid namespace, as fast as a shell without children can. /canary is the
 * host's executable, bound read-only, for comparison by inode. A process that turned into busybox has nothing to hide.
 * (":" would do what "true" does, but a redirection that fails ends the shell there.)
 */
const spy = `
# In this order: a process that ended after the first look must not count.
still_runtime() { ! [ /proc/$1/exe -ef /bin/busybox ] && [ -e /proc/$1/exe ]; }
seen=0
echo ready
until [ -e /shared/stop ]; do
  for process in /proc/[0-9]*; do
    pid=\${process#/proc/}
    case $pid in 1 | $$) continue ;; esac
    seen=$((seen + 1))
    [ $process/exe -ef /canary ] && echo "exe leads to the host's executable"
    for descriptor in $process/fd/*; do
      [ "$descriptor" -ef /canary ] && echo "a descriptor leads to the host's executable"
      [ "$descriptor" -ef /shared/secret ] && echo "a descriptor leads to a file of the host"
    done
    { true >>$process/exe; } 2>/dev/null && still_runtime $pid && echo "exe can be written"
    { true <>$process/mem; } 2>/dev/null && still_runtime $pid && echo "mem can be written"
    [ -e $process/cwd/shared/secret ] && echo "the working directory leads to the host"
    [ -e $process/root$HOST/shared/secret ] && echo "the root leads to the host"
  done
done
echo "seen $seen"
`;

it("a process in the pid namespace gets at nothing of the runtime while containers start (CVE-2016-9962)", (box) => {
  const shared = box.folder("shared");
  writeFileSync(join(shared, "secret"), "");
  const { id, output } = box.create(["/bin/sh", "-c", spy], (config) => {
    config.root.readonly = false;
    config.process.env.push(`HOST=${box.directory}`);
    config.mounts.push(
      { destination: "/canary", type: "bind", source: runtimePath, options: ["bind", "ro"] },
      { destination: "/shared", type: "bind", source: shared, options: ["bind"] },
    );
  });
  box.succeed(["start", id]);
  until("the spy to look", () => output().includes("ready"));
  const path = `/proc/${box.state(id).pid}/ns/pid`;
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    setNamespace(config, "pid", path);
  });
  for (let round = 0; round < 25; round++) {
    box.succeed(["run", "--bundle", bundle, box.newId()], { cwd: box.directory });
  }
  writeFileSync(join(shared, "stop"), "");
  box.untilStatus(id, "stopped");
  const lines = output().trim().split("\n");
  const seen = Number(/^seen (\d+)$/.exec(lines.at(-1) ?? "")?.[1]);
  assert.ok(seen > 0, "the spy saw no process at all");
  assert.deepEqual(lines.slice(1, -1), []);
});
