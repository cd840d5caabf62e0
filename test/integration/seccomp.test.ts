import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, mapUsers, type Seccomp } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { illegalProgram } from "../helpers/tiny-program.ts";

leaveNothing();

/** 128 + SIGILL: the illegal program has run. */
const ILLEGAL = 132;
/** 128 + SIGSYS: a system call has been killed. */
const KILLED = 159;

/** Kills whoever makes any other system call. */
const onlyExecve: Seccomp = {
  defaultAction: "SCMP_ACT_KILL_PROCESS",
  syscalls: [{ names: ["execve"], action: "SCMP_ACT_ALLOW" }],
};

/** Allows everything but what the rule says. */
const but = (names: string[], action: string, errnoRet?: number): Seccomp => ({
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [{ names, action, ...(errnoRet === undefined ? {} : { errnoRet }) }],
});

/** Who the process is when its filter is installed. */
const processes: Readonly<Record<string, (config: Config) => void>> = {
  "root with no_new_privs": (config) => {
    config.process.noNewPrivileges = true;
  },
  "root without no_new_privs": (config) => {
    config.process.noNewPrivileges = false;
  },
  "root without no_new_privs and capabilities": (config) => {
    config.process.noNewPrivileges = false;
    config.process.capabilities = {};
  },
  "a user with no_new_privs": (config) => {
    config.process.noNewPrivileges = true;
    config.process.user = { uid: 1000, gid: 1000 };
  },
  "a user without no_new_privs": (config) => {
    config.process.noNewPrivileges = false;
    config.process.user = { uid: 1000, gid: 1000 };
  },
  "root of a user namespace": (config) => {
    config.process.noNewPrivileges = false;
    mapUsers(config, 100_000, 65_536);
  },
};

for (const [who, adjust] of Object.entries(processes)) {
  it(`nothing but execve follows the filter of ${who}`, (box) => {
    const bundle = box.bundle((config) => {
      adjust(config);
      config.process.args = ["/illegal"];
      config.linux.seccomp = onlyExecve;
    });
    writeFileSync(join(bundle, "rootfs/illegal"), illegalProgram(), { mode: 0o755 });
    const { status, stderr } = box.call(["run", "--bundle", bundle, box.newId()]);
    assert.equal(status, ILLEGAL, stderr);
  });

  it(`a filter leaves the capabilities of ${who} as they are`, (box) => {
    const look = (seccomp?: Seccomp) =>
      box.output(["/bin/grep", "-E", "^(Cap|NoNewPrivs)", "/proc/self/status"], (config) => {
        adjust(config);
        if (seccomp !== undefined) config.linux.seccomp = seccomp;
      });
    assert.equal(look(but(["acct"], "SCMP_ACT_ERRNO")), look());
  });
}

it("a program is under the filter and what it starts, too", (box) => {
  const seen = box.output(["/bin/sh", "-c", "grep ^Seccomp: /proc/$$/status /proc/self/status"], (config) => {
    config.linux.seccomp = but(["acct"], "SCMP_ACT_ERRNO");
  });
  assert.match(seen, /^\/proc\/1\/status:Seccomp:\t2\n\/proc\/self\/status:Seccomp:\t2\n$/);
});

for (const [action, errnoRet, wanted] of [
  ["SCMP_ACT_ERRNO", undefined, /Operation not permitted/],
  ["SCMP_ACT_ERRNO", 38, /Function not implemented/],
] as const) {
  it(`${action} with ${errnoRet ?? "no"} errnoRet makes a call fail`, (box) => {
    const { stderr } = box.run((config) => {
      config.process.args = ["/bin/mkdir", "/tmp/made"];
      config.linux.seccomp = but(["mkdir", "mkdirat"], action, errnoRet);
    });
    assert.match(stderr, wanted);
  });
}

it("SCMP_ACT_KILL_PROCESS ends the program", (box) => {
  const { status } = box.run((config) => {
    config.process.args = ["/bin/mkdir", "/tmp/made"];
    config.linux.seccomp = but(["mkdir", "mkdirat"], "SCMP_ACT_KILL_PROCESS");
  });
  assert.equal(status, KILLED);
});

it("arguments decide", (box) => {
  const seen = box.run((config) => {
    // kill(pid, signal) of SIGUSR1 alone.
    config.process.args = ["/bin/sh", "-c", "kill -0 $$ && echo zero; kill -USR1 $$ || echo refused"];
    const args = [{ index: 1, value: 10, op: "SCMP_CMP_EQ" }];
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["kill"], action: "SCMP_ACT_ERRNO", args }],
    };
  });
  assert.equal(seen.stdout, "zero\nrefused\n");
});

it("hooks are not under the filter", (box) => {
  const log = join(box.directory, "log");
  const { status, stderr } = box.run((config) => {
    config.process.args = ["/bin/true"];
    config.hooks = { poststart: [{ path: "/bin/mkdir", args: ["mkdir", log] }] };
    config.linux.seccomp = but(["mkdir", "mkdirat"], "SCMP_ACT_KILL_PROCESS");
  });
  assert.equal(status, 0, stderr);
});

it("unknown names are left out with a warning", (box) => {
  const { status, stderr } = box.run((config) => {
    config.process.args = ["/bin/true"];
    config.linux.seccomp = but(["no_such_call", "acct"], "SCMP_ACT_ERRNO");
  });
  assert.equal(status, 0);
  assert.match(stderr, /no_such_call/);
});

it("start names the program that its own filter keeps from being executed", (box) => {
  const { id } = box.create(["/bin/true"], (config) => {
    config.linux.seccomp = but(["execve"], "SCMP_ACT_ERRNO", 13);
  });
  assert.match(box.fail(["start", id]), /permission denied/);
  box.untilStatus(id, "stopped");
});

for (const [how, seccomp] of Object.entries<Seccomp>({
  "makes write fail": but(["write"], "SCMP_ACT_ERRNO"),
  "kills for a write": onlyExecve,
})) {
  it(`start says what its program lacks under a filter that ${how}`, (box) => {
    const bundle = box.bundle((config) => {
      config.process.args = ["/tool"];
      config.linux.seccomp = seccomp;
    });
    writeFileSync(join(bundle, "rootfs/tool"), "#!/opt/interpreter\n", { mode: 0o755 });
    const id = box.newId();
    box.succeed(["create", "--bundle", bundle, id]);
    assert.match(box.fail(["start", id]), /no such file or directory.*\/opt\/interpreter/);
    box.untilStatus(id, "stopped");
    const line = box.fail(["run", "--bundle", bundle, box.newId()]);
    assert.match(line, /no such file or directory.*\/opt\/interpreter/);
  });
}

it("a filter that tsrun has kept decides and warns as a new one, and is made anew when it is damaged", (box) => {
  const kept = join(box.root, ".seccomp-filters");
  const files = () => readdirSync(kept).map((name) => join(kept, name));
  const run = () => {
    const { stdout, stderr } = box.run((config) => {
      config.process.args = ["/bin/sh", "-c", "mkdir /tmp/made 2>&1; true"];
      config.linux.seccomp = but(["mkdir", "mkdirat", "no_such_call"], "SCMP_ACT_ERRNO", 38);
    });
    assert.match(stdout, /Function not implemented/);
    assert.match(stderr, /no_such_call/);
  };
  mkdirSync(box.root, { recursive: true, mode: 0o711 });
  run();
  const [file = "", ...others] = files();
  assert.deepEqual(others, []);
  const written = statSync(file).mtimeMs;
  run();
  assert.deepEqual([files(), statSync(file).mtimeMs], [[file], written]);
  const whole = readFileSync(file);
  writeFileSync(file, whole.subarray(0, -8));
  run();
  assert.deepEqual(readFileSync(file), whole);
  assert.equal(box.succeed(["list", "--quiet"]).stderr, "");
});
