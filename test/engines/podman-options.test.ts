// What Podman's options make of a container: mounts, limits, rights, users, namespaces, networks.
import assert from "node:assert/strict";
import { image } from "./helpers/podman.ts";
import { PodmanTests } from "./helpers/podman-tests.ts";

const tests = new PodmanTests();
const { podman, machine } = tests;
// Whose ids --userns=auto takes (subuid(5)).
machine.succeed(["useradd", "containers"]);
machine.write("/var/lib/host/file", "of the host\n");

const shareOf = (...words: readonly string[]) => [
  "-v",
  `/var/lib/host:/host${words.map((word) => `:${word}`).join("")}`,
];
const readFile = "cat /host/file";
const owners = "stat -c %u:%g /host";

/** A line of a process's status in a container. */
const statusLine = (name: string, ...flags: readonly string[]) =>
  podman.sh(`grep ^${name}: /proc/self/status`, ...flags).split(/\s+/)[1] ?? "";

tests.it("a volume outlives its containers", () => {
  podman.sh("echo kept >/v/file", "-v", "kept:/v");
  assert.equal(podman.sh("cat /v/file", "-v", "kept:/v:ro"), "kept");
  podman.succeed(["volume", "rm", "kept"]);
});

tests.it("a bind mount is the host's folder, read-only where that is asked for", () => {
  podman.sh("echo new >/host/new", ...shareOf());
  assert.equal(machine.read("/var/lib/host/new"), "new\n");
  const readOnly = podman.podman(["run", "--rm", ...shareOf("ro"), image, "touch", "/host/no"]);
  assert.match(readOnly.stderr, /Read-only file system/);
});

tests.it("a bind mount with :O keeps what is written from the host", () => {
  assert.equal(podman.sh(`echo changed >/host/file; ${readFile}`, ...shareOf("O")), "changed");
  assert.equal(machine.read("/var/lib/host/file"), "of the host\n");
});

tests.it("a bind mount with :U belongs to the container's user", () => {
  assert.equal(podman.sh(owners, "--user", "77:78", ...shareOf("U")), "77:78");
  machine.succeed(["chown", "-R", "0:0", "/var/lib/host"]);
});

tests.it("a bind mount with :idmap is an id-mapped mount", () => {
  const maps = ["--uidmap", "0:500000:1000", "--gidmap", "0:500000:1000"];
  assert.equal(podman.sh(owners, ...maps, ...shareOf()), "65534:65534");
  assert.equal(podman.sh(`${owners}; ${readFile}`, ...maps, ...shareOf("idmap")), "0:0\nof the host");
});

tests.it("--read-only leaves tmpfs alone to be written", () => {
  const script = "touch /no 2>/dev/null; touch /t/yes && grep ' /t ' /proc/mounts; ls /no 2>/dev/null; true";
  assert.match(
    podman.sh(script, "--read-only", "--tmpfs", "/t:size=64k,mode=700"),
    /^tmpfs \/t tmpfs rw,\S*size=64k,mode=700\S* 0 0$/,
  );
});

tests.it("--cap-add and --cap-drop choose capabilities, --privileged gives them all", () => {
  assert.equal(
    statusLine("CapEff", "--cap-drop", "all", "--cap-add", "net_raw,sys_time"),
    "0000000002002000",
  );
  assert.equal(statusLine("CapEff", "--user", "guest"), "0000000000000000");
  assert.equal(statusLine("CapEff", "--privileged"), statusLine("CapBnd", "--privileged"));
  assert.equal(podman.sh("mount -t tmpfs none /tmp && echo mounted", "--privileged"), "mounted");
});

tests.it("--security-opt takes a seccomp profile", () => {
  const mkdir = { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95 };
  machine.write(
    "/var/lib/profile.json",
    JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [mkdir] }),
  );
  const option = "seccomp=/var/lib/profile.json";
  assert.match(
    podman.sh("mkdir /no 2>&1; true", "--security-opt", option),
    /Operation not supported|Not supported/,
  );
  assert.equal(statusLine("Seccomp", "--security-opt", "seccomp=unconfined"), "0");
  assert.equal(statusLine("Seccomp"), "2");
});

tests.it("--security-opt masks and unmasks paths, and forbids new privileges", () => {
  const script = "wc -c </etc/passwd; grep -c ' /proc/keys ' /proc/mounts; true";
  assert.equal(
    podman.sh(script, "--security-opt", "mask=/etc/passwd", "--security-opt", "unmask=/proc/keys"),
    "0\n0",
  );
  assert.match(podman.sh(script), /^[1-9]\d*\n1$/);
  assert.equal(statusLine("NoNewPrivs", "--security-opt", "no-new-privileges"), "1");
});

tests.it("limits are written to the container's cgroup", () => {
  const files = [
    "memory/memory.limit_in_bytes",
    "memory/memory.soft_limit_in_bytes",
    "pids/pids.max",
    "cpu/cpu.cfs_quota_us",
    "cpu/cpu.shares",
    "cpuset/cpuset.cpus",
  ];
  const limits = [
    "--memory=64m",
    "--memory-reservation=32m",
    "--pids-limit=33",
    "--cpus=0.5",
    "--cpu-shares=512",
    "--cpuset-cpus=0",
  ];
  const seen = podman.sh(`cd /sys/fs/cgroup; cat ${files.join(" ")}`, ...limits);
  assert.deepEqual(seen.split("\n"), [String(64 << 20), String(32 << 20), "33", "50000", "512", "0"]);
});

tests.it("a kernel parameter that does not exist is named", () => {
  const said = podman.fail(["run", "--rm", "--sysctl=net.no.such=1", image, "true"], 127);
  assert.match(said, /net.no.such.*no such file or directory/);
});

tests.it("--init reaps, --hostname, --env, --ulimit and --sysctl are the container's", () => {
  const flags = [
    "--init",
    "--hostname=named",
    "--env=A=b",
    "--ulimit=nofile=100:200",
    "--ulimit=nproc=500:500",
    "--sysctl=net.ipv4.ip_forward=1",
    "--oom-score-adj=500",
    "--shm-size=1m",
  ];
  const script =
    "cat /proc/1/comm; hostname; echo $A; ulimit -n; cat /proc/sys/net/ipv4/ip_forward /proc/self/oom_score_adj; df /dev/shm | tail -1 | awk '{print $2}'";
  const [first = "", ...others] = podman.sh(script, ...flags).split("\n");
  assert.match(first, /^(podman-init|catatonit)$/);
  assert.deepEqual(others, ["named", "b", "100", "1", "500", "1024"]);
});

tests.it("--device gives a device with the rights that are named", () => {
  const script = "ls -l /dev/dust | awk '{print $5, $6}'; : <>/dev/dust && echo opened";
  assert.equal(podman.sh(script, "--device=/dev/zero:/dev/dust:rw"), "1, 5\nopened");
  const readOnly = podman.podman([
    "run",
    "--rm",
    "--device=/dev/fuse:/dev/dust:r",
    image,
    "sh",
    "-c",
    ": >/dev/dust",
  ]);
  assert.match(readOnly.stderr, /Operation not permitted/);
});

tests.it("--user takes names and numbers, with the image's groups", () => {
  assert.match(
    podman.sh("id", "--user", "guest"),
    /^uid=1000\(guest\) gid=1000\(guest\) groups=(1000\(guest\),50\(staff\)|50\(staff\),1000\(guest\))$/,
  );
  assert.equal(podman.sh("id -u; id -g; id -G", "--user", "12:34", "--group-add", "50"), "12\n34\n34 50");
  assert.match(
    podman.fail(["run", "--rm", "--user", "nobody-at-all", image, "true"], 126),
    /unable to find user/,
  );
});

tests.it("--uidmap and --userns=auto put the container into a user namespace", () => {
  const maps = ["--uidmap", "0:500000:1000", "--gidmap", "0:600000:1000"];
  assert.match(
    podman.sh("cat /proc/self/uid_map /proc/self/gid_map", ...maps),
    /^ *0 +500000 +1000\n *0 +600000 +1000$/,
  );
  assert.match(podman.sh("cat /proc/self/uid_map", "--userns=auto:size=500"), /^ *0 +\d+ +500$/);
});

tests.it("--pid, --net, --ipc and --uts=container: share another container's namespaces", () => {
  podman.succeed([
    "run",
    "-d",
    "--name=other",
    "--ipc=shareable",
    "--hostname=shared",
    image,
    "sleep",
    "1000",
  ]);
  const inode = (kind: string, pid: string) =>
    podman.succeed(["exec", "other", "readlink", `/proc/${pid}/ns/${kind}`]);
  const kinds = ["pid", "net", "ipc", "uts"];
  const flags = kinds.map((kind) => `--${kind}=container:other`);
  const seen = podman.sh(
    "cat /proc/1/cmdline | tr '\\0' ' '; echo; for n in pid net ipc uts; do readlink /proc/self/ns/$n; done",
    ...flags,
  );
  assert.deepEqual(seen.split("\n"), ["sleep 1000 ", ...kinds.map((kind) => inode(kind, "1"))]);
  podman.succeed(["rm", "--force", "--time=0", "other"]);
});

tests.it("--pid=host and --net=host share the machine's", () => {
  assert.match(podman.sh("cat /proc/1/cmdline", "--pid=host"), /^bash/);
  assert.equal(
    podman.sh("readlink /proc/self/ns/net", "--net=host"),
    machine.succeed(["readlink", "/proc/self/ns/net"]).trim(),
  );
});

tests.it("a secret is a file or a variable in the container", () => {
  machine.write("/var/lib/secret", "hidden");
  podman.succeed(["secret", "create", "hush", "/var/lib/secret"]);
  const flags = ["--secret", "hush,mode=0400", "--secret", "hush,type=env,target=HUSH"];
  assert.equal(
    podman.sh("cat /run/secrets/hush; stat -c ' %a' /run/secrets/hush; echo $HUSH", ...flags),
    "hidden 400\nhidden",
  );
  podman.succeed(["secret", "rm", "hush"]);
});

tests.it("a published port is reached from the machine", () => {
  const script = "echo published >/tmp/index.html; exec httpd -f -p 80 -h /tmp";
  podman.succeed(["run", "-d", "--name=site", "-p", "8080:80", image, "sh", "-c", script]);
  assert.equal(podman.get("http://127.0.0.1:8080/"), "published\n");
  podman.succeed(["rm", "--force", "--time=0", "site"]);
});

tests.it("containers of one network find each other by name", () => {
  podman.succeed(["network", "create", "named"]);
  const script = "echo by name >/tmp/index.html; exec httpd -f -p 80 -h /tmp";
  podman.succeed(["run", "-d", "--name=server", "--network=named", image, "sh", "-c", script]);
  podman.sh("until wget -q -O- http://server/ | grep -q 'by name'; do sleep 0.1; done", "--network=named");
  podman.succeed(["rm", "--force", "--time=0", "server"]);
  podman.succeed(["network", "rm", "named"]);
});

tests.it("--cgroups=disabled is refused: Podman asks crun's flags for it", () => {
  assert.match(
    podman.fail(["run", "--rm", "--cgroups=disabled", image, "true"], 125),
    /not compatible with NoCgroups/,
  );
});

tests.it("--systemd=always gives what systemd needs", () => {
  assert.equal(podman.sh("touch /run/x && echo tmpfs", "--systemd=always"), "tmpfs");
});
