// What a container may try against those who execute programs in it (../shared/security.md).
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine, runtimePath } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { skipUnless } from "../helpers/skip.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

const fingerprint = () => {
  const { mode, uid, gid, size, ino } = statSync(runtimePath);
  return `${createHash("sha256").update(readFileSync(runtimePath)).digest("hex")} ${mode} ${uid} ${gid} ${size} ${ino}`;
};

const before = fingerprint();
after(() => assert.equal(fingerprint(), before, "the host's executable was changed"));

function rootfs(box: Sandbox, id: string): string {
  return join(box.state(id).bundle, "rootfs");
}

it("exec: no descriptor of the host's is a working directory (CVE-2024-21626)", (box) => {
  const id = box.running();
  for (let number = 0; number <= 64; number++) {
    for (const cwd of [`/proc/self/fd/${number}`, `/proc/self/fd/${number}/..`]) {
      const { status, stdout } = box.call(["exec", "--cwd", cwd, id, "/bin/ls", "/"], { cwd: box.directory });
      assert.deepEqual([status, stdout], [255, ""], cwd);
    }
  }
});

it("exec: a link of the image's to a descriptor is no working directory (CVE-2024-21626)", (box) => {
  const id = box.running();
  for (let number = 3; number <= 24; number++) {
    symlinkSync(`/proc/self/fd/${number}`, join(rootfs(box, id), `cwd-${number}`));
    const result = box.call(["exec", "--cwd", `/cwd-${number}`, id, "/bin/pwd"], { cwd: box.directory });
    assert.notEqual(result.status, 0, `descriptor ${number}: ${result.stdout}`);
  }
});

it("exec: the program has standard input, output and error and nothing else (CVE-2024-21626)", (box) => {
  const script = "for n in $(seq 0 99); do [ -e /proc/$$/fd/$n ] && echo $n; done; true";
  assert.equal(box.succeed(["exec", box.running(), "/bin/sh", "-c", script]).stdout, "0\n1\n2\n");
});

it("exec: /proc/self/exe is no program, and no script's interpreter (CVE-2019-5736)", (box) => {
  const id = box.running();
  const script = join(rootfs(box, id), "script");
  writeFileSync(script, "#!/proc/self/exe\n");
  chmodSync(script, 0o755);
  for (const args of [["/script"], ["/proc/self/exe", "--version"], ["/proc/thread-self/exe", "--version"]]) {
    const { status, stdout } = box.call(["exec", id, ...args]);
    assert.notEqual(status, 0);
    assert.doesNotMatch(stdout, /version/, "the runtime ran inside the container");
  }
});

/**
 * Looks at every process that appears in the container, as fast as a shell without children can. /canary is the host's
 * executable, bound read-only, for comparison by inode. (":" for "true" would end the shell where a redirection fails.)
 */
const spy = `
still_runtime() { ! [ /proc/$1/exe -ef /bin/busybox ] && [ -e /proc/$1/exe ]; }
leads_out() { [ -e "$1/of-the-host" ] || [ -e "$1$HOST/of-the-host" ]; }
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
      leads_out "$descriptor" && echo "a descriptor leads to a directory of the host"
    done
    { true >>$process/exe; } 2>/dev/null && still_runtime $pid && echo "exe can be written"
    { true <>$process/mem; } 2>/dev/null && still_runtime $pid && echo "mem can be written"
    leads_out $process/cwd && echo "the working directory leads to the host"
    leads_out $process/root && echo "the root leads to the host"
  done
done
echo "seen $seen"
`;

/** Executes while the spy looks. @returns what it has found, and how many processes it has seen */
function spied(
  box: Sandbox,
  capabilities: readonly string[],
  rounds: number,
): { found: string[]; seen: number } {
  const shared = box.folder("shared");
  writeFileSync(join(shared, "secret"), "");
  writeFileSync(join(box.directory, "of-the-host"), "");
  const { id, output } = box.create(["/bin/sh", "-c", spy], (config) => {
    config.root.readonly = false;
    config.process.env.push(`HOST=${box.directory}`);
    for (const set of ["bounding", "effective", "permitted"] as const) {
      config.process.capabilities?.[set]?.push(...capabilities);
    }
    config.mounts.push(
      { destination: "/canary", type: "bind", source: runtimePath, options: ["bind", "ro"] },
      { destination: "/shared", type: "bind", source: shared, options: ["bind"] },
    );
  });
  box.succeed(["start", id]);
  until("the spy to look", () => output().includes("ready"));
  for (let round = 0; round < rounds; round++) {
    box.succeed(["exec", id, "/bin/true"], { cwd: box.directory });
  }
  writeFileSync(join(shared, "stop"), "");
  box.untilStatus(id, "stopped");
  const lines = output().trim().split("\n");
  return { found: lines.slice(1, -1), seen: Number(/^seen (\d+)$/.exec(lines.at(-1) ?? "")?.[1]) };
}

it("exec: a process of the container gets at nothing of the runtime (CVE-2016-9962, CVE-2019-5736)", (box) => {
  const { found, seen } = spied(box, [], 40);
  assert.ok(seen > 0, "the spy saw no process at all");
  assert.deepEqual(found, []);
});

it("exec: not even one that may trace gets at the host's files (CVE-2016-9962)", (box) => {
  const { found, seen } = spied(box, ["CAP_SYS_PTRACE"], 40);
  assert.ok(seen > 0, "the spy saw no process at all");
  // It may write into the memory of whom it may trace; of the host there must be nothing.
  assert.deepEqual(
    found.filter((line) => !line.startsWith("mem ")),
    [],
  );
});

it("exec: a profile that no security module would take is refused", (box, t) => {
  if (!skipUnless(t, !existsSync("/sys/kernel/security/apparmor"), "noAppArmor")) return;
  const result = box.call(["exec", "--apparmor", "some-profile", box.running(), "/bin/true"]);
  assert.equal(result.status, 255);
  assert.match(lastLine(result), /apparmor/i);
});
