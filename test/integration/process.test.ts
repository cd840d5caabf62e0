import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Capabilities } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { parseLook } from "../helpers/look.ts";
import { runtimePath } from "../helpers/runtime.ts";

leaveNothing();

it("the container's ids, groups and umask are config.json's", (box) => {
  const seen = box.look(["status", "misc"], (config) => {
    config.process.user = { uid: 1000, gid: 1001, additionalGids: [5, 77_777], umask: 0o027 };
  });
  assert.equal(seen.value("status.Uid"), "1000\t1000\t1000\t1000");
  assert.equal(seen.value("status.Gid"), "1001\t1001\t1001\t1001");
  assert.equal(seen.value("status.Groups").trim(), "5 77777");
  assert.equal(seen.value("misc.umask"), "0027");
});

it("the container has none of the runtime's groups, and the usual umask", (box) => {
  const seen = box.look(["status", "misc"]);
  assert.ok(["", "0"].includes(seen.value("status.Groups").trim()), seen.value("status.Groups"));
  assert.equal(seen.value("misc.umask"), "0022");
});

it("the umask is none of the caller's", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", "umask"];
  });
  const through = ["/bin/sh", "-c", 'umask 077; exec "$@"', "sh"];
  assert.equal(box.call(["run", "--bundle", bundle, box.newId()], { through }).stdout, "0022\n");
});

/** Bits by the numbers of linux/capability.h. */
const bits = { CAP_CHOWN: 1n << 0n, CAP_KILL: 1n << 5n, CAP_NET_RAW: 1n << 13n, CAP_SYS_ADMIN: 1n << 21n };
const mask = (names: readonly string[] = []) =>
  names
    .reduce((sum, name) => sum | bits[name as keyof typeof bits], 0n)
    .toString(16)
    .padStart(16, "0");

const capabilityCases: readonly [string, Capabilities][] = [
  ["empty sets", { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] }],
  [
    "all five alike",
    {
      bounding: ["CAP_CHOWN", "CAP_KILL"],
      effective: ["CAP_CHOWN", "CAP_KILL"],
      permitted: ["CAP_CHOWN", "CAP_KILL"],
      inheritable: ["CAP_CHOWN", "CAP_KILL"],
      ambient: ["CAP_CHOWN", "CAP_KILL"],
    },
  ],
  [
    "a bounding set larger than the others",
    {
      bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_SYS_ADMIN"],
      effective: ["CAP_KILL"],
      permitted: ["CAP_KILL"],
      inheritable: ["CAP_KILL"],
      ambient: ["CAP_KILL"],
    },
  ],
];

for (const [what, capabilities] of capabilityCases) {
  it(`a user's capabilities with ${what} are config.json's`, (box) => {
    const seen = box.look(["status"], (config) => {
      config.process.user = { uid: 1000, gid: 1000 };
      config.process.capabilities = capabilities;
    });
    for (const [field, set] of [
      ["CapBnd", "bounding"],
      ["CapEff", "effective"],
      ["CapPrm", "permitted"],
      ["CapInh", "inheritable"],
      ["CapAmb", "ambient"],
    ] as const) {
      assert.equal(seen.value(`status.${field}`), mask(capabilities[set]), field);
    }
  });
}

it("root's capabilities are no more than the bounding set, and never inheritable by default", (box) => {
  const seen = box.look(["status"], (config) => {
    const some = ["CAP_CHOWN", "CAP_NET_RAW"];
    config.process.capabilities = { bounding: some, effective: some, permitted: some };
  });
  assert.equal(seen.value("status.CapBnd"), mask(["CAP_CHOWN", "CAP_NET_RAW"]));
  assert.equal(seen.value("status.CapEff"), mask(["CAP_CHOWN", "CAP_NET_RAW"]));
  assert.equal(seen.value("status.CapInh"), mask());
  assert.equal(seen.value("status.CapAmb"), mask());
});

it("a container without capabilities in config.json has none", (box) => {
  const seen = box.look(["status"], (config) => {
    delete config.process.capabilities;
  });
  assert.equal(seen.value("status.CapEff"), mask());
  assert.equal(seen.value("status.CapBnd"), mask());
});

it("create refuses inheritable capabilities that the bounding set lacks", (box) => {
  const bundle = box.bundle((config) => {
    config.process.capabilities = { bounding: ["CAP_KILL"], inheritable: ["CAP_KILL", "CAP_CHOWN"] };
  });
  assert.match(
    box.fail(["create", "--bundle", bundle, box.newId()]),
    /capabilities CAP_CHOWN|unable to apply caps/,
  );
  assert.deepEqual(box.containers(), []);
});

it("an unknown capability is a warning", (box) => {
  const result = box.run((config) => {
    config.process.args = ["/bin/true"];
    config.process.capabilities?.bounding?.push("CAP_TO_THE_FUTURE");
  });
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stderr, /CAP_TO_THE_FUTURE/);
});

for (const noNewPrivileges of [true, false]) {
  it(`noNewPrivileges ${noNewPrivileges} is what the container has`, (box) => {
    const seen = box.look(["status"], (config) => {
      config.process.noNewPrivileges = noNewPrivileges;
    });
    assert.equal(seen.value("status.NoNewPrivs"), noNewPrivileges ? "1" : "0");
  });
}

it("rlimits are config.json's, each soft and hard", (box) => {
  const seen = box.look(["limits"], (config) => {
    config.process.rlimits = [
      { type: "RLIMIT_NOFILE", soft: 100, hard: 200 },
      { type: "RLIMIT_CORE", soft: 0, hard: 4096 },
      { type: "RLIMIT_STACK", soft: 1_048_576, hard: 2_097_152 },
      { type: "RLIMIT_CPU", soft: 1000, hard: 2000 },
      { type: "RLIMIT_FSIZE", soft: 1_000_000, hard: 2_000_000 },
      { type: "RLIMIT_MSGQUEUE", soft: 10, hard: 20 },
      { type: "RLIMIT_SIGPENDING", soft: 10, hard: 20 },
    ];
  });
  assert.equal(seen.value("limits.Max open files"), "100 200");
  assert.equal(seen.value("limits.Max core file size"), "0 4096");
  assert.equal(seen.value("limits.Max stack size"), "1048576 2097152");
  assert.equal(seen.value("limits.Max cpu time"), "1000 2000");
  assert.equal(seen.value("limits.Max file size"), "1000000 2000000");
  assert.equal(seen.value("limits.Max msgqueue size"), "10 20");
  assert.equal(seen.value("limits.Max pending signals"), "10 20");
});

it("the largest number of 64 bits is no limit", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "/checker", "limits"];
    config.process.rlimits = [{ type: "RLIMIT_CORE", soft: 0, hard: 424_242 }];
  });
  const file = join(bundle, "config.json");
  // JavaScript has no such number: it would round it to one that does not fit.
  writeFileSync(file, readFileSync(file, "utf8").replace("424242", "18446744073709551615"));
  const seen = parseLook(box.succeed(["run", "--bundle", bundle, box.newId()]).stdout);
  assert.equal(seen.value("limits.Max core file size"), "0 unlimited");
});

it("a limit of open files that config.json does not set is the caller's", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "/checker", "limits"];
    delete config.process.rlimits;
  });
  const script = 'ulimit -Sn 1000; ulimit -Hn 2000; exec "$@"';
  const result = box.call(["run", "--bundle", bundle, box.newId()], {
    through: ["/bin/sh", "-c", script, "sh"],
  });
  assert.equal(parseLook(result.stdout).value("limits.Max open files"), "1000 2000");
});

it("a limit of no open files leaves the program its standard streams", (box) => {
  const output = box.output(["/bin/echo", "heard"], (config) => {
    config.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 0, hard: 0 }];
  });
  assert.equal(output, "heard\n");
});

it("oomScoreAdj is config.json's, or the caller's", (box) => {
  const given = box.look(["misc"], (config) => {
    config.process.oomScoreAdj = 321;
  });
  assert.equal(given.value("misc.oom_score_adj"), "321");
  const inherited = box.look(["misc"], (config) => {
    delete config.process.oomScoreAdj;
  });
  assert.equal(
    inherited.value("misc.oom_score_adj"),
    readFileSync("/proc/self/oom_score_adj", "utf8").trim(),
  );
});

it("the working directory is config.json's", (box) => {
  const seen = box.look(["misc"], (config) => {
    config.process.cwd = "/tmp";
  });
  assert.equal(seen.value("misc.cwd"), "/tmp");
});

it("a working directory that is missing is made", (box) => {
  const seen = box.look(["misc"], (config) => {
    config.process.cwd = "/made/on/demand";
    config.root.readonly = false;
  });
  assert.equal(seen.value("misc.cwd"), "/made/on/demand");
});

it("a working directory behind a symlink is the container's", (box) => {
  const bundle = box.bundle((config) => {
    config.process.cwd = "/link";
    config.process.args = ["/bin/sh", "/checker", "misc"];
  });
  mkdirSync(join(bundle, "rootfs/inside"));
  symlinkSync("/../../../../inside", join(bundle, "rootfs/link"));
  const seen = parseLook(box.succeed(["run", "--bundle", bundle, box.newId()]).stdout);
  assert.equal(seen.value("misc.cwd"), "/inside");
});

it("the environment is config.json's and nothing else", (box) => {
  const result = box.run(
    (config) => {
      config.process.args = ["/bin/env"];
      config.process.env = ["PATH=/bin", "EMPTY=", "EQUALS=a=b", "HOME=/given"];
    },
    { env: { LEAKED: "from the caller" } },
  );
  assert.deepEqual(result.stdout.trim().split("\n").sort(), [
    "EMPTY=",
    "EQUALS=a=b",
    "HOME=/given",
    "PATH=/bin",
  ]);
});

it("a variable that is given twice has its last value", (box) => {
  const seen = box.look(["env"], (config) => {
    config.process.env.push("TWICE=first", "TWICE=last");
  });
  assert.equal(seen.value("env.TWICE"), "last");
});

for (const [uid, home] of [
  [0, "/root"],
  [1000, "/home/user"],
  [4242, "/"],
] as const) {
  it(`HOME of uid ${uid} comes from the container's passwd: ${home}`, (box) => {
    const seen = box.look(["env"], (config) => {
      config.process.user = { uid, gid: uid };
    });
    assert.equal(seen.value("env.HOME"), home);
  });
}

it("the program is looked up in the container's PATH", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["tool", "argument"];
    config.process.env = ["PATH=/nowhere:/opt:/bin"];
  });
  mkdirSync(join(bundle, "rootfs/opt"));
  writeFileSync(join(bundle, "rootfs/opt/tool"), '#!/bin/sh\necho "$0 $*"\n', { mode: 0o755 });
  assert.equal(box.succeed(["run", "--bundle", bundle, box.newId()]).stdout, "/opt/tool argument\n");
});

it("the program sees standard input, output and error and no other descriptor", (box) => {
  const seen = box.look(["fds"]);
  assert.deepEqual(seen.descriptors(), ["0", "1", "2"]);
});

it("--preserve-fds hands on as many descriptors from 3 on, and no more", (box) => {
  const descriptors = [1, 2, 3].map(() => openSync("/dev/null", "r"));
  const { stdout } = box.run(
    (config) => {
      config.process.args = ["/bin/sh", "/checker", "fds"];
    },
    { flags: ["--preserve-fds", "2"], descriptors },
  );
  for (const descriptor of descriptors) {
    closeSync(descriptor);
  }
  assert.deepEqual(parseLook(stdout).descriptors(), ["0", "1", "2", "3", "4"]);
});

it("LISTEN_FDS hands on the sockets and says so (sd_listen_fds(3))", (box) => {
  const descriptor = openSync("/dev/null", "r");
  const { stdout, stderr } = box.run(
    (config) => {
      config.process.args = ["/bin/sh", "/checker", "fds", "env"];
    },
    {
      env: { LISTEN_FDS: "1", LISTEN_FDNAMES: "web" },
      // They count only for the process that LISTEN_PID names.
      through: ["/bin/sh", "-c", 'export LISTEN_PID=$$; exec "$@"', "sh"],
      descriptors: [descriptor],
    },
  );
  closeSync(descriptor);
  const seen = parseLook(stdout);
  assert.deepEqual(seen.descriptors(), ["0", "1", "2", "3"], stderr);
  assert.equal(seen.value("env.LISTEN_FDS"), "1");
  assert.equal(seen.value("env.LISTEN_PID"), "1");
});

it("LISTEN_FDNAMES names the sockets in the container, too", (box) => {
  const descriptor = openSync("/dev/null", "r");
  const { stdout } = box.run(
    (config) => {
      config.process.args = ["/bin/sh", "-c", "echo $LISTEN_FDNAMES"];
    },
    {
      env: { LISTEN_FDS: "1", LISTEN_FDNAMES: "web" },
      through: ["/bin/sh", "-c", 'export LISTEN_PID=$$; exec "$@"', "sh"],
      descriptors: [descriptor],
    },
  );
  closeSync(descriptor);
  assert.equal(stdout, "web\n");
});

it("LISTEN_FDS that is meant for another process hands on nothing", (box) => {
  const descriptor = openSync("/dev/null", "r");
  const { stdout, stderr } = box.run(
    (config) => {
      config.process.args = ["/bin/sh", "/checker", "fds", "env"];
    },
    { env: { LISTEN_FDS: "1", LISTEN_PID: "1", LISTEN_FDNAMES: "web" }, descriptors: [descriptor] },
  );
  closeSync(descriptor);
  const seen = parseLook(stdout);
  assert.deepEqual(seen.descriptors(), ["0", "1", "2"], stderr);
  for (const name of ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]) {
    assert.equal(seen.find(`env.${name}`), undefined);
  }
});

it("the program starts with default signal dispositions and an empty mask", (box) => {
  const status = box.output(["/bin/cat", "/proc/self/status"]);
  for (const field of ["SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd"]) {
    assert.match(status, new RegExp(`^${field}:\\t0{16}$`, "m"), field);
  }
});

it("the program leads a session and a process group of its own", (box) => {
  const [pid, , , , group, session] = box.output(["/bin/cat", "/proc/self/stat"]).split(" ");
  assert.deepEqual([pid, group, session], ["1", "1", "1"]);
});

it("nothing in the program's /proc leads to the runtime", (box) => {
  const links =
    "cat /proc/$$/maps /proc/$$/mountinfo; readlink /proc/$$/exe /proc/$$/cwd /proc/$$/root; tr '\\0' '\\n' </proc/$$/cmdline";
  const seen = box.output(["/bin/sh", "-c", links]);
  assert.ok(!seen.includes(runtimePath), seen);
  assert.ok(!seen.includes("memfd"), seen);
});
