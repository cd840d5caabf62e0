// Where a program is that `exec` starts: namespaces, root, rights, filter, keyring; of every kind of container.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Config, mapUsers, removeNamespace, setNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { RootlessSandbox } from "../helpers/rootless.ts";
import { lastLine, runtimePath } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { asking, SeccompAgent } from "../helpers/seccomp-agent/seccomp-agent.ts";

leaveNothing();

const files = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"] as const;

function output(box: Sandbox, id: string, script: string, flags: readonly string[] = []): string {
  return box.succeed(["exec", ...flags, id, "/bin/sh", "-c", script]).stdout;
}

/** Fails unless a program that is executed is in all of init's namespaces, and in no other root. */
function assertInside(box: Sandbox, id: string): void {
  const { pid } = box.state(id);
  const init = files.map((file) => readlinkSync(`/proc/${pid}/ns/${file}`));
  const script = files.map((file) => `readlink /proc/self/ns/${file}`).join("; ");
  assert.deepEqual(output(box, id, script).trim().split("\n"), init);
  assert.equal(output(box, id, "[ / -ef /proc/1/root/ ] || [ -e /checker ] && echo here"), "here\n");
}

const kinds: Readonly<Record<string, (config: Config) => void>> = {
  "of the default configuration": () => {},
  "with a user namespace": (config) => mapUsers(config, 100_000, 65_536),
  "with a user namespace and another user": (config) => {
    mapUsers(config, 100_000, 65_536);
    config.process.user = { uid: 1000, gid: 1000 };
  },
  "with a time namespace": (config) => {
    setNamespace(config, "time");
    config.linux.timeOffsets = { boottime: { secs: 1_000_000 } };
  },
  "with a cgroup namespace": (config) => setNamespace(config, "cgroup"),
  "without pid, network and ipc namespaces": (config) => {
    for (const type of ["pid", "network", "ipc"]) removeNamespace(config, type);
  },
  "with a read-only root": (config) => {
    config.root.readonly = true;
  },
};

for (const [what, adjust] of Object.entries(kinds)) {
  it(`exec is in all namespaces of a container ${what}`, (box) => {
    assertInside(box, box.running(adjust));
  });
}

it("exec is in the namespaces that a container has joined", (box) => {
  const other = box.state(box.running()).pid;
  const id = box.running((config) => {
    for (const type of ["pid", "network", "ipc", "uts"]) {
      setNamespace(config, type, `/proc/${other}/ns/${type === "network" ? "net" : type}`);
    }
  });
  assertInside(box, id);
});

it("exec is in the namespaces of a container in a joined user namespace", (box) => {
  const adjust = (config: Config) => mapUsers(config, 100_000, 65_536);
  const other = box.state(box.running(adjust)).pid;
  const id = box.running((config) => {
    setNamespace(config, "user", `/proc/${other}/ns/user`);
    setNamespace(config, "network", `/proc/${other}/ns/net`);
  });
  assertInside(box, id);
});

it("exec has the clocks of a time namespace", (box) => {
  const id = box.running(kinds["with a time namespace"]);
  assert.ok(Number(output(box, id, "cut -d. -f1 /proc/uptime")) >= 1_000_000);
});

it("exec in a container without a mount namespace is below its root", (box) => {
  const id = box.running((config) => {
    removeNamespace(config, "mount");
    config.linux.maskedPaths = [];
    config.linux.readonlyPaths = [];
    config.mounts = config.mounts.filter(({ destination }) => destination === "/proc");
  });
  assert.equal(
    output(box, id, "[ -e /checker ] && echo inside; ls /proc/1/root/checker 2>&1 | wc -l"),
    "inside\n1\n",
  );
  assert.equal(existsSync("/checker"), false);
});

it("exec in a container of an ordinary user", (box) => {
  const rootless = new RootlessSandbox(box);
  for (const adjust of [() => {}, (config: Config) => setNamespace(config, "network")]) {
    const id = rootless.create(["/bin/sleep", "1000000"], adjust);
    assert.equal(rootless.call(["exec", id, "/bin/true"]).status, 255);
    rootless.succeed(["start", id]);
    const { stdout } = rootless.succeed(["exec", id, "/bin/sh", "-c", "id -u; cat /proc/1/comm; exit 0"]);
    assert.equal(stdout, "0\nsleep\n");
    assert.equal(rootless.call(["exec", id, "/bin/sh", "-c", "exit 3"]).status, 3);
  }
});

/** Values of /proc/self/status by their names. */
function statusOf(box: Sandbox, id: string, flags: readonly string[] = []): Record<string, string> {
  const lines = box
    .succeed(["exec", ...flags, id, "/bin/cat", "/proc/self/status"])
    .stdout.trim()
    .split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2)));
}

const NET_RAW = 1n << 13n;

it("exec has the container's capabilities, and --cap adds to them but to the inheritable ones (CVE-2022-29162)", (box) => {
  const id = box.running();
  const before = statusOf(box, id);
  const after = statusOf(box, id, ["-c", "CAP_NET_RAW", "-c", "CAP_SYS_TIME"]);
  const bits = (status: Record<string, string>, set: string) => BigInt(`0x${status[set]}`);
  for (const set of ["CapPrm", "CapEff", "CapBnd"]) {
    assert.equal(bits(before, set) & NET_RAW, 0n, set);
    assert.equal(bits(after, set), bits(before, set) | NET_RAW | (1n << 25n), set);
  }
  assert.equal(bits(before, "CapInh"), 0n);
  assert.equal(bits(after, "CapInh"), 0n);
  assert.equal(bits(after, "CapAmb"), 0n);
});

it("exec of another user keeps no capability but the ambient ones", (box) => {
  const status = statusOf(box, box.running(), ["--user", "1000"]);
  assert.deepEqual([status["CapEff"], status["CapPrm"], status["CapAmb"]], Array(3).fill("0".repeat(16)));
});

it("exec is under the container's filter", (box) => {
  const seccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 13 }],
  };
  for (const noNewPrivileges of [true, false]) {
    const id = box.running((config) => {
      config.linux.seccomp = seccomp;
      config.process.noNewPrivileges = noNewPrivileges;
    });
    assert.equal(statusOf(box, id)["Seccomp"], "2");
    const { stderr } = box.call(["exec", id, "/bin/mkdir", "/dev/shm/made"]);
    assert.match(stderr, /Permission denied/);
  }
});

it("exec's filter may ask an agent, which is told of the process", (box) => {
  let id: string;
  {
    using agent = new SeccompAgent(box.directory);
    id = box.running((config) => {
      config.linux.seccomp = asking(agent, ["mkdir", "mkdirat"]);
    });
  }
  using agent = new SeccompAgent(box.directory, "mkdir=errno:13");
  const file = join(box.directory, "pid");
  const { stderr } = box.call(["exec", "--pid-file", file, id, "/bin/mkdir", "/dev/shm/made"]);
  assert.match(stderr, /Permission denied/);
  const { pid, state } = agent.state();
  assert.equal(pid, Number(box.read(file)));
  assert.deepEqual([state.pid, state.status], [box.state(id).pid, "running"]);
  assert.deepEqual(agent.asked, ["mkdir"]);
});

it("exec under a filter whose agent has gone fails, and its program does not run", (box) => {
  let id: string;
  {
    using agent = new SeccompAgent(box.directory);
    id = box.running((config) => {
      config.linux.seccomp = asking(agent, ["mkdir", "mkdirat"]);
    });
  }
  const { status, stdout, stderr } = box.call(["exec", id, "/bin/echo", "runs"]);
  assert.deepEqual([status, stdout], [255, ""]);
  assert.match(stderr, /agent/);
});

it("exec says what its program lacks where its own filter keeps it from writing", (box) => {
  const id = box.running((config) => {
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["write"], action: "SCMP_ACT_ERRNO", errnoRet: 1 }],
    };
    config.root.readonly = false;
  });
  writeFileSync(join(box.state(id).bundle, "rootfs/script"), "#!/nowhere\n", { mode: 0o755 });
  const result = box.call(["exec", id, "/script"]);
  assert.equal(result.status, 255);
  assert.match(lastLine(result), /\/script: no such file or directory/);
});

it("exec whose process is killed before it executes its program fails, without a pid file", (box) => {
  const id = box.running((config) => {
    config.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [] };
  });
  // The container itself could not begin under such a profile.
  const kept = join(box.root, id, "config.json");
  const config = JSON.parse(box.read(kept)) as Config;
  config.linux.seccomp?.syscalls?.push({ names: ["execve"], action: "SCMP_ACT_KILL_PROCESS" });
  writeFileSync(kept, JSON.stringify(config));
  const file = join(box.directory, "pid");
  const result = box.call(["exec", "--pid-file", file, id, "/bin/true"]);
  assert.equal(result.status, 255);
  assert.match(lastLine(result), /killed before/);
  assert.equal(existsSync(file), false);
});

it("exec joins the container's session keyring", (box) => {
  const id = box.running((config) => {
    config.linux.maskedPaths = [];
  });
  const ring = new RegExp(`([0-9a-f]+) .* keyring +_ses\\.${id}`).exec(
    output(box, id, "cat /proc/keys"),
  )?.[1];
  assert.ok(ring !== undefined);
  assert.ok(output(box, id, "cat /proc/keys", ["--user", "0"]).includes(ring));
});

it("exec refuses a paused container, and --ignore-paused waits for its resumption", async (box) => {
  const id = box.running();
  box.succeed(["pause", id]);
  const refused = box.call(["exec", id, "true"]);
  assert.equal(refused.status, 255);
  assert.match(lastLine(refused), /paused/);
  const running = box.start(["exec", "--ignore-paused", id, "/bin/echo", "resumed"]);
  const early = await Promise.race([running.ended, sleep(300)]);
  assert.equal(early, undefined);
  box.succeed(["resume", id]);
  const { status, stdout } = await running.ended;
  assert.deepEqual([status, stdout], [0, "resumed\n"]);
});

it("exec --process takes a whole process out of a file, and what that leaves out from the container", (box) => {
  const id = box.running((config) => {
    config.process.env = ["LEFT=out"];
  });
  const file = join(box.directory, "process.json");
  const args = ["/bin/sh", "-c", 'echo "$A$LEFT $(pwd) $(id -u):$(id -g)"; grep CapEff /proc/self/status'];
  const env = ["A=a", "PATH=/bin"];
  const process = { args, env, cwd: "/etc", user: { uid: 0, gid: 5 }, capabilities: null };
  writeFileSync(file, JSON.stringify(process));
  const own = statusOf(box, id)["CapEff"];
  assert.equal(box.succeed(["exec", "--process", file, id]).stdout, `a /etc 0:5\nCapEff:\t${own}\n`);
  writeFileSync(file, JSON.stringify({ ...process, capabilities: {} }));
  assert.match(box.succeed(["exec", "-p", file, id]).stdout, /CapEff:\t0+\n/);
});

it("exec heeds SIGTERM while nobody writes its process file", (box) => {
  const fifo = join(box.directory, "process.json");
  execFileSync("mkfifo", [fifo]);
  const call = [runtimePath, "--root", box.root, "exec", "--process", fifo, box.running()];
  // timeout(1): 124 for what ends by its first signal, 137 for what has to be killed.
  assert.equal(spawnSync("timeout", ["--kill-after=10", "2", ...call]).status, 124);
});

it("exec --process says what is wrong with its file", (box) => {
  const id = box.running();
  const file = join(box.directory, "process.json");
  for (const [text, words] of [
    ["{", /./],
    ["{}", /cwd/i],
    ['{"cwd":"x","args":["/bin/true"]}', /cwd/i],
    ['{"cwd":"/"}', /args/],
    ['{"cwd":"/","args":["/bin/true"],"env":["A"]}', /env/],
  ] as const) {
    writeFileSync(file, text);
    const result = box.call(["exec", "--process", file, id]);
    assert.equal(result.status, 255, text);
    assert.match(lastLine(result), words);
  }
  assert.match(lastLine(box.call(["exec", "--process", `${file}.none`, id])), /no such file or directory/);
});

it("exec's scheduler and CPUs are those of the process", (box) => {
  const id = box.running((config) => {
    config.process.execCPUAffinity = { initial: "0", final: "0" };
    config.process.scheduler = { policy: "SCHED_BATCH", nice: 5 };
  });
  assert.equal(statusOf(box, id)["Cpus_allowed_list"], "0");
  assert.equal(output(box, id, "cut -d' ' -f19,41 /proc/self/stat"), "5 3\n");
  const host = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  const other = box.running();
  assert.equal(statusOf(box, other)["Cpus_allowed_list"], host);
});
