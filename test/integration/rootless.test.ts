// Containers of an ordinary user without anybody's help: one id is mapped, no cgroup is the user's.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isV1 } from "../helpers/cgroups.ts";
import { removeNamespace, setNamespace } from "../helpers/config.ts";
import { withDelegatedCgroup } from "../helpers/delegated-cgroup.ts";
import { DescriptorReceiver } from "../helpers/descriptor-receiver.ts";
import { it as inSandbox } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { Screen } from "../helpers/pty.ts";
import { asNamespaceRoot, ordinary, RootlessSandbox } from "../helpers/rootless.ts";
import { call, runtimeName } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

/** A test with an ordinary user in a sandbox. */
function it(name: string, body: (user: RootlessSandbox) => void | Promise<void>): void {
  inSandbox(name, (box: Sandbox) => body(new RootlessSandbox(box)));
}

it("rootless: spec asks for nothing that needs the host's root", (user) => {
  user.bundle(({ linux, mounts }) => {
    assert.deepEqual(linux.uidMappings, [{ containerID: 0, hostID: ordinary.uid, size: 1 }]);
    assert.deepEqual(linux.gidMappings, [{ containerID: 0, hostID: ordinary.gid, size: 1 }]);
    assert.ok(linux.namespaces.every(({ type }) => type !== "network"));
    assert.equal(linux.resources, undefined);
    assert.ok(mounts.every(({ options = [] }) => !options.some((option) => /^[ug]id=/.test(option))));
  });
});

it("rootless: the container's root is the user, and setgroups is denied (CVE-2014-8989)", (user) => {
  const seen = user.output("id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups");
  const words = seen.trim().split(/\s+/);
  assert.deepEqual(words, ["0", "0", "0", "61234", "1", "0", "61234", "1", "deny"]);
});

it("rootless: create, state, list, start, ps, kill and delete", (user) => {
  const id = user.create(["/bin/sleep", "1000000"]);
  const status = () => (JSON.parse(user.succeed(["state", id]).stdout) as { status: string }).status;
  assert.equal(status(), "created");
  user.succeed(["start", id]);
  assert.equal(status(), "running");
  assert.match(user.succeed(["list"]).stdout, new RegExp(`^${id} .* #${ordinary.uid}$`, "m"));
  assert.match(user.fail(["delete", id]), /not stopped: running/);
  user.succeed(["kill", id, "KILL"]);
  user.box.untilStatus(id, "stopped");
  user.succeed(["delete", id]);
  assert.equal(user.succeed(["list", "--quiet"]).stdout, "");
});

it("rootless: ps lists the processes of a container without a cgroup", (user) => {
  const id = user.create(["/bin/sh", "-c", "sleep 1000001 & exec sleep 1000002"]);
  user.succeed(["start", id]);
  const pids = () => JSON.parse(user.succeed(["ps", "--format", "json", id]).stdout) as number[];
  until("both to run", () => pids().length === 2);
  assert.match(user.succeed(["ps", id]).stdout, /sleep 1000002\n.*sleep 1000001\n/);
  user.succeed(["kill", "--all", id, "KILL"]);
  user.box.untilStatus(id, "stopped");
  assert.deepEqual(pids() ?? [], []);
});

it("rootless: state lies in $XDG_RUNTIME_DIR, with the sticky bit", (user) => {
  const runtime = user.box.folder("runtime");
  user.give(runtime);
  const [id, bundle] = [user.box.newId(), user.bundle()];
  /** Without --root. */
  const bare = (args: readonly string[], env: Record<string, string>) =>
    call(user.box.directory, args, { ...user.user, env });
  const env = { XDG_RUNTIME_DIR: runtime };
  assert.equal(bare(["create", "--bundle", bundle, id], env).status, 0);
  assert.ok(readdirSync(join(runtime, runtimeName)).includes(id));
  assert.equal(statSync(join(runtime, runtimeName)).mode & 0o7777, 0o1700);
  assert.equal(bare(["delete", "--force", id], env).status, 0);
  assert.match(bare(["create", "--bundle", bundle, id], {}).stderr, /permission denied/);
});

it("rootless: additionalGids are refused where setgroups is denied", (user) => {
  const result = user.run((config) => {
    config.process.user = { uid: 0, gid: 0, additionalGids: [0] };
  });
  assert.notEqual(result.status, 0);
  assert.match(result.stderr, /cannot set any additional groups in a rootless container/);
});

it("rootless: a container without limits needs no cgroup, and nothing is said about it", (user) => {
  const seen = user.output("cat /proc/self/cgroup", (config) => removeNamespace(config, "cgroup"));
  assert.equal(seen, readFileSync("/proc/self/cgroup", "utf8"));
});

it("rootless: a limit is refused without a cgroup, with what to do", (user) => {
  const result = user.run((config) => {
    config.linux.resources = { pids: { limit: 20 } };
  });
  assert.notEqual(result.status, 0);
  assert.match(result.stderr, /cannot set pids limit: container could not join or create cgroup/);
});

it("rootless: limits of -1 need no cgroup", (user) => {
  user.output("true", (config) => {
    config.linux.resources = { memory: { limit: -1, swap: -1 }, pids: { limit: -1 }, cpu: { quota: -1 } };
  });
});

it("rootless: a cgroup that is asked for by its path must be made", (user) => {
  const result = user.run((config) => {
    config.linux.cgroupsPath = `/${user.box.newId()}`;
  });
  assert.notEqual(result.status, 0);
  assert.match(result.stderr, /permission denied/);
});

it("rootless: --rootless=false insists on a cgroup", (user) => {
  const result = user.run(() => {}, { flags: ["--rootless=false"] });
  assert.notEqual(result.status, 0);
  assert.match(result.stderr, /cgroup.*permission denied/);
  assert.equal(user.run(() => {}, { flags: ["--rootless=true"] }).stderr.includes("cgroup"), false);
});

it("rootless: limits hold in a cgroup that is delegated to the user", (user) => {
  const bundle = user.bundle((config) => {
    config.linux.resources = { pids: { limit: 7 }, memory: { limit: 64 << 20 } };
    const files = isV1
      ? "/sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory/memory.limit_in_bytes"
      : "/sys/fs/cgroup/pids.max /sys/fs/cgroup/memory.max";
    config.process.args = ["/bin/sh", "-c", `cat ${files}; sleep 0 & wait`];
  });
  withDelegatedCgroup(user, (through) => {
    const seen = user.box.call(["run", "--bundle", bundle, user.box.newId()], { through });
    assert.equal(seen.status, 0, seen.stderr);
    assert.equal(seen.stdout, `7\n${64 << 20}\n`);
  });
});

it("rootless: a container without a cgroup and a pid namespace gets a warning", (user) => {
  const result = user.run((config) => {
    removeNamespace(config, "pid");
    config.mounts = config.mounts.filter(({ type }) => type !== "proc");
    config.mounts.unshift({ destination: "/proc", type: "none", source: "/proc", options: ["rbind"] });
    config.process.args = ["/bin/true"];
  });
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stderr, /no cgroup and no pid namespace/);
});

it("rootless: devices are the host's, bound; a FIFO is made", (user) => {
  const seen = user.output(
    "stat -c '%n %F %t:%T' /dev/null /dev/full /dev/pipe; echo x >/dev/null",
    (config) => {
      config.linux.devices = [{ path: "/dev/pipe", type: "p", fileMode: 0o622 }];
    },
  );
  assert.deepEqual(seen.trim().split("\n"), [
    "/dev/null character special file 1:3",
    "/dev/full character special file 1:7",
    "/dev/pipe fifo 0:0",
  ]);
});

it("rootless: host name, masks, read-only paths, mqueue and the bound sysfs", (user) => {
  const script =
    "hostname; ls -A /sys/firmware | wc -l; echo 1 >/proc/sys/kernel/hostname; touch /sys/x; stat -f -c %T /dev/mqueue /sys";
  const result = user.run((config) => {
    config.hostname = "inside";
    config.process.args = ["/bin/sh", "-c", `${script} 2>&1`];
  });
  assert.match(result.stdout, /^inside\n0\n/);
  assert.equal(result.stderr.match(/Read-only file system/gi)?.length, 2, result.stderr);
  assert.match(result.stdout, /mqueue|UNKNOWN/);
});

it("rootless: oomScoreAdj can be raised, and not lowered", (user) => {
  const score = (value: number) =>
    user.run((config) => {
      config.process.oomScoreAdj = value;
      config.process.args = ["/bin/cat", "/proc/self/oom_score_adj"];
    });
  assert.equal(score(500).stdout, "500\n");
  const lowered = score(-500);
  assert.notEqual(lowered.status, 0);
  assert.match(lowered.stderr, /oom_score_adj/);
});

it("rootless: a seccomp filter needs no noNewPrivileges", (user) => {
  const result = user.run((config) => {
    config.process.noNewPrivileges = false;
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 99 }],
    };
    config.process.args = ["/bin/mkdir", "/dev/shm/made"];
  });
  assert.equal(result.status, 1);
  assert.match(result.stderr, /Cannot assign requested address/);
});

it("rootless: hooks run as the user", (user) => {
  const trace = join(user.box.directory, "trace");
  writeFileSync(trace, "");
  user.give(trace);
  user.output("true", (config) => {
    const args = ["sh", "-c", `id -u >>${trace}`];
    config.hooks = { createRuntime: [{ path: "/bin/sh", args, env: ["PATH=/bin:/usr/bin"] }] };
  });
  assert.equal(readFileSync(trace, "utf8"), `${ordinary.uid}\n`);
});

it("rootless: createContainer hooks run in the container's namespaces", (user) => {
  const id = user.box.newId();
  const told = join(user.box.directory, "told");
  writeFileSync(told, "");
  user.give(told);
  const types = ["cgroup", "ipc", "mnt", "pid", "user", "uts"];
  const links = types.map((type) => `readlink /proc/self/ns/${type}`).join("; ");
  const bundle = user.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000"];
    const args = ["sh", "-c", `{ id -u; ${links}; } >${told}`];
    config.hooks = { createContainer: [{ path: "/bin/sh", args, env: ["PATH=/bin:/usr/bin"] }] };
  });
  user.succeed(["create", "--bundle", bundle, id]);
  const { pid } = user.box.state(id);
  const expected = types.map((type) => readlinkSync(`/proc/${pid}/ns/${type}`));
  assert.deepEqual(readFileSync(told, "utf8").trim().split("\n"), ["0", ...expected]);
});

it("rootless: a terminal goes to --console-socket", async (user) => {
  using receiver = new DescriptorReceiver(join(user.box.directory, "s"));
  user.give(receiver.path);
  const id = user.box.newId();
  const bundle = user.bundle((config) => {
    config.process.terminal = true;
    config.process.args = ["/bin/sh", "-c", "stat -c 'owner %u' $(tty); read line"];
  });
  user.succeed(["create", "--bundle", bundle, "--console-socket", receiver.path, id]);
  using screen = new Screen(receiver.receive().descriptor);
  user.succeed(["start", id]);
  await screen.shows(/owner 0\r\n/);
  screen.type("\n");
  user.box.untilStatus(id, "stopped");
});

it("rootless: a container without a user namespace is refused", (user) => {
  const result = user.run((config) => {
    removeNamespace(config, "user");
    config.linux.uidMappings = [];
    config.linux.gidMappings = [];
  });
  assert.notEqual(result.status, 0);
  assert.match(result.stderr, /rootless container.*user namespace/i);
});

function withoutUserNamespace(user: RootlessSandbox, script: string): string {
  return user.output(
    script,
    (config) => {
      removeNamespace(config, "user");
      delete config.linux.uidMappings;
      delete config.linux.gidMappings;
    },
    { through: asNamespaceRoot },
  );
}

it("rootless: the root of a user namespace runs a container in it", (user) => {
  const seen = withoutUserNamespace(
    user,
    "id -u; readlink /proc/self/ns/user; cat /proc/self/setgroups; echo x >/dev/null",
  );
  assert.match(seen, /^0\nuser:\[\d+\]\ndeny\n$/);
});

it("rootless: the root of a user namespace runs a container in one below it", (user) => {
  const seen = user.output(
    "cat /proc/self/uid_map",
    (config) => {
      config.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
      config.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
    },
    { through: asNamespaceRoot },
  );
  assert.deepEqual(seen.trim().split(/\s+/), ["0", "0", "1"]);
});

it("rootless: what forbids namespaces is named", (user) => {
  const forbid = (name: string) => [
    ...asNamespaceRoot,
    "sh",
    "-ec",
    `echo 0 >/proc/sys/user/max_${name}_namespaces; exec "$@"`,
    "sh",
  ];
  for (const name of ["user", "mnt"]) {
    const result = user.run(
      (config) => {
        config.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
        config.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
      },
      { through: forbid(name) },
    );
    assert.notEqual(result.status, 0);
    assert.match(result.stderr, new RegExp(`no space left.*user\\.max_${name}_namespaces is 0`));
  }
});

it("rootless: a user namespace that denies setgroups can be joined", (user) => {
  const id = user.create(["/bin/sleep", "1000000"]);
  user.succeed(["start", id]);
  const { pid } = JSON.parse(user.succeed(["state", id]).stdout) as { pid: number };
  const join = (additionalGids: number[]) =>
    user.run((config) => {
      setNamespace(config, "user", `/proc/${pid}/ns/user`);
      config.process.user = { uid: 0, gid: 0, additionalGids };
      config.process.args = ["/bin/cat", "/proc/self/setgroups"];
    });
  assert.equal(join([]).stdout, "deny\n");
  const refused = join([0]);
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /cannot set any additional groups in a rootless container/);
});

it("rootless: where user namespaces are forbidden the error says what may forbid them", (user) => {
  // In a changed root clone(2) makes no user namespaces.
  const root = user.box.folder("root");
  const change = 'mount --rbind / "$1"; shift; exec chroot "$0" setpriv "$@"';
  const { uid, gid } = ordinary;
  const through = ["unshare", "--mount", "sh", "-ec", change, root, root];
  const result = user.run(() => {}, {
    uid: 0,
    gid: 0,
    through: [...through, `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"],
  });
  assert.notEqual(result.status, 0);
  assert.match(result.stderr, /operation not permitted.*\/linux\/namespaces.*user namespaces.*chroot/);
});
