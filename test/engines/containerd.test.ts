// containerd's own client, ctr, on the runtime under test: what containerd's shim for runc asks of a runtime.
import assert from "node:assert/strict";
import { until } from "../helpers/wait.ts";
import { busyboxImage } from "./helpers/busybox-image.ts";
import { startContainerd, testsOn } from "./helpers/containerd-test.ts";
import type { EngineMachine, Finished } from "./machine/machine.ts";

const limits = ["--memory-limit", "33554432", "--cpus", "0.5", "--cpu-shares", "512"];
const mappings = ["--uidmap", "0:100000:65536", "--gidmap", "0:200000:65536"];
/** Of SigCgt (proc_pid_status(5)). */
const SIGTERM_BIT = 1n << 14n;
const forever = ["sleep", "1000"];

const outcome = ({ status, stdout, stderr }: Finished) => ({ status, stdout, stderr });

/** Waits until a process handles SIGTERM, which nothing but a handler brings to the first one of a pid namespace. */
function waitForTrap(machine: EngineMachine, pid: number): void {
  until("the trap is set", () => {
    const handled = /SigCgt:\s*(\w+)/.exec(machine.read(`/proc/${pid}/status`))?.[1] ?? "0";
    return (BigInt(`0x${handled}`) & SIGTERM_BIT) !== 0n;
  });
}

const it = testsOn(startContainerd);

it("ctr run passes on streams and the exit status", ({ containerd }) => {
  const command = ["sh", "-c", "read line; echo out $line; echo err >&2; exit 42"];
  const done = containerd.runContainer(["--rm"], "attached", command, { input: "in\n" });
  assert.deepEqual(outcome(done), { status: 42, stdout: "out in\n", stderr: "err\n" });
});

it("ctr run --detach leaves a container that runs until it is killed", ({ containerd, machine }) => {
  containerd.startContainer("detached", forever);
  assert.equal(containerd.status("detached"), "RUNNING");
  assert.match(machine.read(`/proc/${containerd.pid("detached")}/cmdline`), /^sleep\0/);
  assert.equal(containerd.ctr(["task", "rm", "detached"]).status, 1, "a running one is removed");
  containerd.kill("detached", "KILL");
  containerd.waitFor("detached", "STOPPED");
  assert.equal(containerd.removeStopped("detached"), 137);
});

it("ctr run --tty gives a terminal", ({ containerd }) => {
  const flags = containerd.runFlags(["--rm", "--tty"]);
  const script = "tty; test -t 0 && test -t 2; echo $?; exit 5";
  const { status, stdout } = containerd.inTerminal([...flags, busyboxImage, "terminal", "sh", "-c", script]);
  assert.match(stdout, /\/dev\/pts\/0\s+0\s/);
  assert.equal(status, 5);
});

it("ctr run --rootfs takes a directory for a root", ({ containerd, machine }) => {
  machine.succeed(["sh", "-c", "mkdir -p /srv/root/bin; cp /bin/busybox /srv/root/bin/sh"]);
  const flags = containerd.runFlags(["--rm", "--rootfs"]);
  assert.equal(containerd.succeed([...flags, "/srv/root", "rootfs", "/bin/sh", "-c", "pwd"]), "/\n");
  machine.succeed(["rm", "-r", "/srv/root"]);
});

it("ctr run sets limits", async ({ containerd }) => {
  await containerd.withContainer(limits, (id) => {
    assert.equal(containerd.cgroupFile("memory", id, "memory.limit_in_bytes"), "33554432");
    assert.equal(containerd.cgroupFile("cpu", id, "cpu.cfs_quota_us"), "50000");
    assert.equal(containerd.cgroupFile("cpu", id, "cpu.shares"), "512");
    assert.equal(containerd.cgroupFile("pids", id, "cgroup.procs"), String(containerd.pid(id)));
  });
});

it("ctr run --cgroup '' and a path of one's own", async ({ containerd, machine }) => {
  await containerd.withContainer(["--cgroup", "/own/place"], (id) => {
    const inside = machine.succeed(["cat", "/sys/fs/cgroup/pids/own/place/cgroup.procs"]);
    assert.equal(inside, `${containerd.pid(id)}\n`);
  });
  machine.succeed(["sh", "-c", "rmdir /sys/fs/cgroup/*/own"]);
  assert.equal(containerd.once(["--cgroup", ""], "true").status, 0);
});

it("ctr run --uidmap --gidmap makes a user namespace", ({ containerd, machine }) => {
  // ctr 1.6 forgets --runc-binary beside them.
  machine.succeed(["ln", "-s", machine.runtime, "/usr/local/sbin/runc"]);
  const { stdout, stderr } = containerd.once(
    mappings,
    "id -u; cat /proc/self/[ug]id_map; touch /new; stat -c %u:%g /bin",
  );
  machine.succeed(["rm", "/usr/local/sbin/runc"]);
  assert.equal(stderr, "");
  assert.match(stdout, /^0\n +0 +200000 +65536\n +0 +100000 +65536\n0:0\n$/);
});

it.on("forky")("ctr run --remap-labels has the snapshotter map the image", ({ containerd }) => {
  const { stdout, stderr } = containerd.once(
    ["--remap-labels", ...mappings],
    "touch /new; stat -c %u:%g /new /bin",
  );
  assert.deepEqual([stdout, stderr], ["0:0\n0:0\n", ""]);
});

it("ctr run takes mounts, devices, environment, directory, read-only root and capabilities", ({
  containerd,
  machine,
}) => {
  machine.write("/srv/shared/file", "shared\n");
  const flags = [
    ...["--mount", "type=bind,src=/srv/shared,dst=/mnt,options=rbind:ro", "--device", "/dev/fuse"],
    ...["--env", "NAME=value", "--cwd", "/tmp", "--read-only", "--cap-drop", "CAP_CHOWN"],
  ];
  const script = `cat /mnt/file; echo $NAME; pwd; ls /dev/fuse
    touch /mnt/x 2>&1; touch /x 2>&1; chown 1 /dev/null 2>&1; grep NoNewPrivs /proc/self/status`;
  assert.equal(
    containerd.once(flags, script).stdout,
    "shared\nvalue\n/tmp\n/dev/fuse\ntouch: /mnt/x: Read-only file system\ntouch: /x: Read-only file system\n" +
      "chown: /dev/null: Operation not permitted\nNoNewPrivs:\t1\n",
  );
});

it("ctr run --seccomp filters calls", ({ containerd }) => {
  const script = "grep Seccomp: /proc/self/status; unshare -m true";
  const { stdout, stderr } = containerd.once(["--seccomp"], script);
  assert.equal(stdout, "Seccomp:\t2\n");
  assert.match(stderr, /Operation not permitted/);
});

it("ctr run --with-ns joins namespaces, --net-host takes the host's", async ({ containerd, machine }) => {
  machine.succeed(["ip", "netns", "add", "joined"]);
  const link = (path: string) => machine.succeed(["readlink", path]).trim();
  const inode = machine.succeed(["stat", "-L", "-c", "net:[%i]", "/run/netns/joined"]).trim();
  const joined = containerd.once(["--with-ns", "network:/run/netns/joined"], "readlink /proc/self/ns/net");
  assert.equal(joined.stdout.trim(), inode);
  assert.equal(
    containerd.once(["--net-host"], "readlink /proc/self/ns/net").stdout.trim(),
    link("/proc/self/ns/net"),
  );
  machine.succeed(["sh", "-c", "ip netns del joined; umount /run/netns; rmdir /run/netns"]);
});

it("ctr task exec passes on streams and the exit status", async ({ containerd }) => {
  await containerd.withContainer([], (id) => {
    const done = containerd.exec(
      id,
      ["--user", "1000:50", "--cwd", "/tmp"],
      "cat; id -u; id -g; pwd; echo err >&2; exit 7",
      "in\n",
    );
    assert.deepEqual(outcome(done), { status: 7, stdout: "in\n1000\n50\n/tmp\n", stderr: "err\n" });
  });
});

it("ctr task exec --tty gives a terminal", async ({ containerd }) => {
  await containerd.withContainer([], (id) => {
    const flags = ["task", "exec", "--tty", "--exec-id", "terminal", id];
    const { status, stdout } = containerd.inTerminal([
      ...flags,
      "sh",
      "-c",
      "test -t 0 && tty; sleep 0.1; exit 3",
    ]);
    assert.match(stdout, /\/dev\/pts\/\d+\s/);
    assert.equal(status, 3);
  });
});

it("ctr task exec --detach goes on and is killed alone", async ({ containerd }) => {
  await containerd.withContainer([], (id) => {
    containerd.succeed(["task", "exec", "--detach", "--exec-id", "second", id, "sleep", "2000"]);
    const ps = () => containerd.succeed(["task", "ps", id]).trim().split("\n").slice(1).length;
    until("two processes", () => ps() === 2);
    containerd.kill(id, "KILL", "--exec-id", "second");
    until("one process", () => ps() === 1);
    assert.equal(containerd.status(id), "RUNNING");
  });
});

it("ctr task kill sends any signal, and says of what has ended that it is not found", ({
  containerd,
  machine,
}) => {
  const script = "trap 'exit 9' USR1; trap 'exit 8' TERM; while :; do sleep 0.05; done";
  for (const [signal, status] of [
    ["USR1", 9],
    ["TERM", 8],
  ] as const) {
    containerd.startContainer("traps", ["sh", "-c", `${script}`]);
    waitForTrap(machine, containerd.pid("traps"));
    containerd.kill("traps", signal);
    containerd.waitFor("traps", "STOPPED");
    assert.match(containerd.kill("traps", "TERM").stderr, /process already finished: not found/);
    assert.equal(containerd.removeStopped("traps"), status);
  }
});

it("ctr task pause stops a container until resume", async ({ containerd }) => {
  await containerd.withContainer([], (id) => {
    containerd.succeed(["task", "pause", id]);
    assert.equal(containerd.status(id), "PAUSED");
    assert.equal(containerd.cgroupFile("freezer", id, "freezer.state"), "FROZEN");
    assert.match(containerd.exec(id, [], "true").stderr, /cannot exec in a paused/);
    containerd.succeed(["task", "resume", id]);
    assert.equal(containerd.status(id), "RUNNING");
    assert.equal(containerd.exec(id, [], "true").status, 0);
  });
});

it("ctr task metrics reads the container's cgroups", async ({ containerd }) => {
  await containerd.withContainer(["--memory-limit", "33554432"], (id) => {
    const text = containerd.succeed(["task", "metrics", "--format", "json", id]);
    const { memory, pids, cpu } = JSON.parse(text);
    assert.equal(memory.usage.limit, 33554432);
    assert.ok(memory.usage.usage > 0 && cpu.usage.total > 0);
    assert.equal(pids.current, 1);
  });
});

it("events tell of all that happens to a container, and of its death for want of memory", async ({
  containerd,
  machine,
}) => {
  const events = machine.start(["ctr", "--address", containerd.socket, "events"]);
  const topics = () =>
    events.log
      .split("\n")
      .filter((line) => line.includes(" /tasks/"))
      .map((line) => line.split(" ")[5]);
  until("events come", () => {
    containerd.succeed(["container", "create", busyboxImage, "sign"]);
    containerd.succeed(["container", "rm", "sign"]);
    return events.log.includes("sign");
  });
  containerd.startContainer("told", forever);
  containerd.exec("told", [], "true");
  containerd.succeed(["task", "pause", "told"]);
  containerd.succeed(["task", "resume", "told"]);
  containerd.remove("told");
  // The last one, "delete", gets lost where containerd 2 ends the shim first.
  const whole = ["create", "start", "exec-added", "exec-started", "exit", "paused", "resumed", "exit"];
  until("the container's end is told", () => events.log.includes('/containers/delete {"id":"told"}'));
  assert.deepEqual(
    topics().slice(0, whole.length),
    whole.map((topic) => `/tasks/${topic}`),
  );
  // The shell outlives what is killed: containerd's shim tells nothing about a cgroup that is gone.
  containerd.startContainer(
    "greedy",
    ["sh", "-c", "tail /dev/zero; sleep 1000"],
    ["--memory-limit", "8388608"],
  );
  until("the event of the kill", () => topics().includes("/tasks/oom"));
  containerd.remove("greedy");
  await events.stop();
});

it("containers outlive a restart of containerd and can be used after it", async ({ containerd, machine }) => {
  containerd.startContainer("ends", ["sh", "-c", "trap 'exit 6' TERM; while :; do sleep 0.05; done"]);
  await containerd.withContainer([], async (id) => {
    const pid = containerd.pid(id);
    const ends = containerd.pid("ends");
    waitForTrap(machine, ends);
    await containerd.restart("KILL", () => machine.succeed(["kill", "-TERM", String(ends)]));
    assert.equal(containerd.pid(id), pid);
    assert.equal(outcome(containerd.exec(id, [], "exit 4")).status, 4);
    containerd.succeed(["task", "pause", id]);
    containerd.succeed(["task", "resume", id]);
    // containerd 2 forgets a task that it finds without a process.
    until("the end is noticed", () => containerd.status("ends") !== "RUNNING");
    const status = containerd.status("ends");
    assert.equal(containerd.removeStopped("ends"), status === "STOPPED" ? 6 : 0);
  });
});

it("a shim that crashes leaves nothing, and its container's name can be used again", ({
  containerd,
  machine,
}) => {
  containerd.startContainer("crash", ["sh", "-c", "sleep 1000 & sleep 1000"]);
  const pid = containerd.pid("crash");
  const shim = /PPid:\s*(\d+)/.exec(machine.read(`/proc/${pid}/status`))?.[1] ?? "";
  machine.succeed(["kill", "-KILL", shim]);
  until(
    "the container's end",
    () => containerd.status("crash") === undefined && machine.read(`/proc/${pid}/comm`) === "",
  );
  // The clean-up, which would end a new container of the name as well.
  until("the end of the container's files", () => !containerd.hasFiles("crash"));
  containerd.succeed(["container", "rm", "crash"]);
  assert.equal(outcome(containerd.runContainer(["--rm"], "crash", ["echo", "again"])).stdout, "again\n");
});

it("what cannot be executed is told in the words that engines know", async ({ containerd }) => {
  const start = (program: string) => containerd.runContainer(["--rm"], "wrong", [program]).stderr;
  assert.match(start("missing"), /OCI runtime create failed: .*executable file not found in \$PATH/);
  assert.match(start("/missing"), /OCI runtime create failed: .*no such file or directory/);
  assert.match(start("/etc/passwd"), /OCI runtime create failed: .*permission denied/);
  await containerd.withContainer([], (id) => {
    const { status, stderr } = containerd.ctr(["task", "exec", "--exec-id", "x", id, "missing"]);
    assert.equal(status, 1);
    assert.match(stderr, /OCI runtime exec failed: .*executable file not found in \$PATH/);
  });
  const mount = ["--mount", "type=bind,src=/missing,dst=/mnt,options=bind"];
  assert.match(
    containerd.once(mount, "true").stderr,
    /OCI runtime create failed: .*\/missing.*no such file or directory/,
  );
});

it("ten containers at once", ({ containerd, machine }) => {
  const flags = containerd.runFlags(["--rm"]).join(" ");
  const ctr = `ctr --address ${containerd.socket} ${flags} ${busyboxImage}`;
  const script = `for i in 0 1 2 3 4 5 6 7 8 9; do ${ctr} crowd$i sh -c "echo $i" & done; wait`;
  assert.deepEqual(machine.succeed(["sh", "-c", script]).trim().split("\n").sort(), [..."0123456789"]);
});
