// The options of `docker run`, as the container's program sees them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Container, outputOf, runOnce } from "./helpers/docker-container.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image } from "./helpers/dockerd.ts";

const dockerd = dockerForFile();
const status = ["grep", "-E", "^(Cap|NoNewPrivs|Seccomp:)", "/proc/self/status"];
/** CAP_SYS_RESOURCE, which the machine under the tests may lack: Docker's `--privileged` gives it. */
const mayGiveAll =
  (BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(dockerd.machine.succeed(["cat", "/proc/self/status"]))?.[1]}`) >>
    24n) %
    2n ===
  1n;

test("--user takes a name, with the groups that the image gives it", () => {
  assert.equal(
    outputOf(dockerd, ["--user", "guest"], ["id"]),
    "uid=1000(guest) gid=1000(guest) groups=50(staff),1000(guest)",
  );
});

test("--user takes numbers, --group-add further groups", () => {
  assert.equal(outputOf(dockerd, ["--user", "7:8", "--group-add", "77"], ["id"]), "uid=7 gid=8 groups=8,77");
});

test("--cap-drop and --cap-add choose capabilities", () => {
  const output = outputOf(dockerd, ["--cap-drop", "ALL", "--cap-add", "NET_BIND_SERVICE"], status);
  assert.match(
    output,
    /^CapInh:\s0{16}\nCapPrm:\s0{13}400\nCapEff:\s0{13}400\nCapBnd:\s0{13}400\nCapAmb:\s0{16}\n/,
  );
});

test("another user has the bounding set alone", () => {
  const output = outputOf(dockerd, ["--user", "guest"], status);
  assert.match(output, /CapPrm:\s0{16}\nCapEff:\s0{16}\nCapBnd:\s00000000a80425fb\nCapAmb:\s0{16}/);
});

test("--privileged gives all capabilities and devices, or says which one cannot be given", () => {
  const command = ["sh", "-c", "mount -t tmpfs tmpfs /tmp && test -w /proc/sys/kernel && ls /dev/fuse"];
  const { status, stderr, stdout } = runOnce(dockerd, ["--privileged"], command);
  if (mayGiveAll) return assert.deepEqual([status, stdout], [0, "/dev/fuse\n"]);
  assert.equal(status, 125);
  assert.match(
    stderr,
    /CAP_SYS_RESOURCE, which tsrun itself does not have|unable to apply caps: operation not permitted/,
  );
});

test("--read-only leaves mounts and --tmpfs writable alone", () => {
  const options = ["--read-only", "--tmpfs", "/scratch:size=1m,mode=1777,noexec"];
  const script = "touch /x 2>&1; touch /scratch/x /dev/shm/x && ls /scratch && grep /scratch /proc/mounts";
  const [refused, file, mount] = outputOf(dockerd, options, ["sh", "-c", script]).split("\n");
  assert.equal(refused, "touch: /x: Read-only file system");
  assert.equal(file, "x");
  assert.match(mount ?? "", /^tmpfs \/scratch tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k/);
});

test("--device gives a device with the access that is asked for", () => {
  const script = ": </dev/mine && echo read; : >/dev/mine || echo no; : >>/dev/null && echo written";
  const { stdout } = runOnce(dockerd, ["--device", "/dev/fuse:/dev/mine:r"], ["sh", "-c", `(${script})`]);
  assert.equal(stdout, "read\n");
  const numbers = outputOf(
    dockerd,
    ["--device", "/dev/fuse:/dev/mine"],
    ["stat", "-c", "%t:%T", "/dev/mine"],
  );
  assert.equal(numbers, "a:e5");
});

test("a device that was not given cannot be opened", () => {
  const { stderr } = runOnce(dockerd, [], ["sh", "-c", "mknod /dev/x c 10 229 && cat </dev/x"]);
  assert.match(stderr, /can't open \/dev\/x: Operation not permitted/);
});

test("--device-cgroup-rule allows what has the number", () => {
  const options = ["--device-cgroup-rule", "c 10:229 rmw"];
  assert.equal(
    outputOf(dockerd, options, ["sh", "-c", "mknod /x c 10 229 && : </x && echo opened"]),
    "opened",
  );
});

test("Docker's own seccomp profile is in force, seccomp=unconfined is none", () => {
  const { status: refused, stderr } = runOnce(dockerd, [], ["unshare", "-Ur", "true"]);
  assert.equal(refused, 1);
  assert.match(stderr, /Operation not permitted/);
  assert.match(outputOf(dockerd, [], status), /Seccomp:\s2/);
  const free = ["sh", "-c", "grep Seccomp: /proc/self/status && unshare -Ur id -u"];
  assert.equal(outputOf(dockerd, ["--security-opt", "seccomp=unconfined"], free), "Seccomp:\t0\n0");
});

test("a seccomp profile of one's own denies with its errno", () => {
  const rule = { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28 };
  dockerd.machine.write(
    "/root/profile.json",
    JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] }),
  );
  const { status, stderr } = runOnce(
    dockerd,
    ["--security-opt", "seccomp=/root/profile.json"],
    ["mkdir", "/x"],
  );
  assert.equal(status, 1);
  assert.match(stderr, /No space left on device/);
});

test("no-new-privileges is set", () => {
  assert.match(outputOf(dockerd, ["--security-opt", "no-new-privileges"], status), /NoNewPrivs:\s1/);
  assert.match(outputOf(dockerd, [], status), /NoNewPrivs:\s0/);
});

test("--sysctl sets parameters of the container's namespaces", () => {
  const options = ["--sysctl", "net.ipv4.ip_forward=0", "--sysctl", "kernel.msgmax=9000"];
  assert.equal(
    outputOf(dockerd, options, ["sysctl", "-n", "net.ipv4.ip_forward", "kernel.msgmax"]),
    "0\n9000",
  );
});

test("--sysctl of what the kernel does not have names it", () => {
  const { status, stderr } = runOnce(dockerd, ["--sysctl", "net.ipv4.nosuch=1"], ["true"]);
  assert.equal(status, 127);
  assert.match(stderr, /sys\/net\/ipv4\/nosuch.*: no such file or directory/);
});

test("--ulimit lowers resource limits", () => {
  const options = ["--ulimit", "nofile=100:200", "--ulimit", "core=0"];
  assert.equal(outputOf(dockerd, options, ["sh", "-c", "ulimit -Sn; ulimit -Hn; ulimit -c"]), "100\n200\n0");
});

test("--hostname, --add-host, --workdir, --env and --entrypoint are the program's", () => {
  const names = ["--hostname", "web", "--add-host", "db:10.0.0.7"];
  const options = [...names, "--workdir", "/var/app", "--env", "A=1 2", "--entrypoint", "/bin/sh"];
  const output = outputOf(dockerd, options, [
    "-c",
    'hostname; pwd; echo "$A"; grep -w db /etc/hosts; echo $HOME',
  ]);
  assert.equal(output, "web\n/var/app\n1 2\n10.0.0.7\tdb\n/root");
});

test("--env-file and --label reach the container and its description", () => {
  dockerd.machine.write("/root/environment", "FIRST=1\n# a comment\nSECOND=two words\n");
  const options = ["--env-file", "/root/environment", "--label", "tier=front"];
  using container = Container.idle(dockerd, options);
  assert.equal(container.exec("sh", "-c", 'echo "$FIRST $SECOND"'), "1 two words");
  assert.equal(container.inspect("index .Config.Labels `tier`"), "front");
  assert.match(
    dockerd.succeed(["ps", "--quiet", "--no-trunc", "--filter", "label=tier=front"]),
    new RegExp(container.id),
  );
});

test("--shm-size, --oom-score-adj and --cgroup-parent hold", () => {
  const options = ["--shm-size", "3m", "--oom-score-adj", "500", "--cgroup-parent", "/tenants/mine"];
  const script = "df /dev/shm | awk 'END { print $2 }'; cat /proc/self/oom_score_adj; cat /proc/self/cgroup";
  const [size, score, ...cgroups] = outputOf(dockerd, options, ["sh", "-c", script]).split("\n");
  assert.deepEqual([size, score], ["3072", "500"]);
  for (const line of cgroups) assert.match(line, /:\/tenants\/mine\/[0-9a-f]{64}$/);
});

test("--cgroupns private hides the cgroups above", () => {
  const output = outputOf(dockerd, ["--cgroupns", "private"], ["cat", "/proc/self/cgroup"]);
  for (const line of output.split("\n")) assert.match(line, /:\/$/);
});

test("--init runs tini as the first process, which reaps and passes signals and statuses on", () => {
  assert.equal(runOnce(dockerd, ["--init"], ["sh", "-c", "exit 6"]).status, 6);
  using container = Container.idle(dockerd, ["--init"]);
  assert.match(container.exec("ps", "-o", "pid,args"), /^\s+1 \/sbin\/docker-init -- sleep 1000$/m);
  const orphan = "ps -o stat,args | grep -v grep | grep -qE '^Z|sleep 0'";
  container.exec("timeout", "20", "sh", "-c", `(sleep 0.02 &) && while ${orphan}; do sleep 0.01; done`);
});

const namespaceOf = (container: Container, name: string) =>
  container.exec("readlink", `/proc/self/ns/${name}`);

test("--net, --ipc and --pid join another container's namespaces", () => {
  using first = Container.idle(dockerd, ["--ipc", "shareable", "--hostname", "first"]);
  const options = ["net", "ipc", "pid"].map((name) => `--${name}=container:${first.id}`);
  using second = new Container(dockerd, [...options, image, "sleep", "2000"]);
  for (const name of ["net", "ipc", "pid"]) {
    assert.equal(namespaceOf(second, name), namespaceOf(first, name));
  }
  assert.notEqual(namespaceOf(second, "mnt"), namespaceOf(first, "mnt"));
  assert.match(second.exec("ps"), /sleep 1000.*sleep 2000/s);
  first.exec("sh", "-c", "echo shared >/dev/shm/file");
  assert.equal(second.exec("cat", "/dev/shm/file"), "shared");
});

test("--pid, --uts, --ipc and --net host leave the machine's own", () => {
  const options = ["--pid", "host", "--uts", "host", "--ipc", "host", "--net", "host"];
  const links = ["sh", "-c", "for name in pid uts ipc net; do readlink /proc/self/ns/$name; done"];
  assert.equal(
    dockerd.succeed(["run", "--rm", ...options, image, ...links]),
    dockerd.machine.succeed(links).trim(),
  );
});

test("masked and read-only paths of /proc and /sys are so", () => {
  const script =
    "cat /proc/kcore | wc -c; ls /proc/acpi /sys/firmware 2>&1; echo 1 >/proc/sys/kernel/domainname";
  const { status, stdout, stderr } = runOnce(dockerd, [], ["sh", "-c", script]);
  assert.match(stdout, /^0\n/);
  assert.match(stderr, /Read-only file system/);
  assert.notEqual(status, 0);
});

test("systempaths=unconfined shows them", () => {
  const options = ["--security-opt", "systempaths=unconfined"];
  assert.doesNotMatch(outputOf(dockerd, options, ["cat", "/proc/mounts"]), / \/proc\/(kcore|sys) /);
});

test("info and version name the runtime", () => {
  const runtimes = dockerd.succeed(["info", "--format", "{{.DefaultRuntime}} {{json .Runtimes}}"]);
  const version = /^\S+ version ([\d.]+)/.exec(
    dockerd.machine.succeed([dockerd.machine.runtime, "--version"]),
  )?.[1];
  assert.match(runtimes, new RegExp(`"path":"${dockerd.machine.runtime}"`));
  assert.match(
    dockerd.succeed(["version"]),
    new RegExp(`${runtimes.split(" ")[0]}:\\n\\s+Version:\\s+${version}`),
  );
});
