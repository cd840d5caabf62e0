import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Config, type Mount, mapUsers, setNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { MountLine } from "../helpers/mountinfo.ts";
import { assertOptions, bind, tmpfs } from "../helpers/mounts.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

function assertMount(wanted: readonly string[], { options, line }: MountLine): void {
  assertOptions(wanted, options, line);
}

/** What a tmpfs of the container, mounted with `options`, is seen as where it is bound with `bindOptions`. */
function bound(box: Sandbox, options: readonly string[], bindOptions: readonly string[]): MountLine {
  const seen = box.look(["mounts"], (config) => {
    config.root.readonly = false;
    config.mounts.push(
      tmpfs("/tmp/source", ...options),
      bind("rootfs/tmp/source", "/tmp/bound", ...bindOptions),
    );
  });
  return seen.mount("/tmp/bound");
}

const flagCases: readonly [name: string, source: string[], bind: string[], wanted: string[]][] = [
  [
    "without options keeps its source's flags",
    ["nosuid", "noexec", "noatime"],
    [],
    ["nosuid", "noexec", "noatime"],
  ],
  [
    "has the flags that it asks for alone",
    ["nosuid", "nodev"],
    ["ro", "noexec"],
    ["ro", "noexec", "!nosuid", "!nodev"],
  ],
  [
    "loses a flag that it takes back",
    ["nosuid", "nodev", "noexec"],
    ["suid"],
    ["!nosuid", "!nodev", "!noexec"],
  ],
  [
    "keeps its source's access times unless it is about them",
    ["noatime", "nodiratime"],
    ["ro"],
    ["ro", "noatime", "nodiratime"],
  ],
  ["has the access times that it asks for", ["noatime"], ["relatime"], ["relatime", "!noatime"]],
  ["with a propagation alone keeps its source's flags", ["nosuid"], ["rprivate"], ["nosuid"]],
];

for (const [name, source, options, wanted] of flagCases) {
  it(`a bind mount ${name}`, (box) => {
    assertMount(wanted, bound(box, source, options));
  });
}

/** Runs `body` with a tmpfs of the host, which a user namespace of the container's finds locked. */
function withHostMount(box: Sandbox, options: string, body: (source: string) => void): void {
  const source = box.folder("locked");
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `mode=755,${options}`, "tmpfs", source], {
    encoding: "utf8",
  });
  assert.equal(mounted.status, 0, mounted.stderr);
  try {
    body(source);
  } finally {
    spawnSync("umount", [source]);
  }
}

function inUserNamespace(config: Config, ...mounts: readonly Mount[]): void {
  mapUsers(config, 100_000, 65_536);
  config.root.readonly = false;
  config.mounts.push(tmpfs("/tmp", "mode=755"), ...mounts);
}

const lockedCases: readonly [source: string, bind: string[], wanted: string[]][] = [
  ["nosuid,nodev", [], ["nosuid", "nodev"]],
  ["nosuid,nodev", ["ro"], ["ro", "nosuid", "nodev"]],
  ["nosuid,nodev,noexec,noatime", ["ro", "noatime"], ["ro", "nosuid", "nodev", "noexec", "noatime"]],
  ["ro,nosuid", ["nosuid", "noexec"], ["ro", "nosuid", "noexec"]],
];

for (const [source, options, wanted] of lockedCases) {
  it(`a bind mount in a user namespace keeps what is locked: ${source} with ${options.join(",") || "no options"}`, (box) => {
    withHostMount(box, source, (path) => {
      const seen = box.look(["mounts"], (config) =>
        inUserNamespace(config, bind(path, "/tmp/bound", ...options)),
      );
      assertMount(wanted, seen.mount("/tmp/bound"));
    });
  });
}

for (const [source, option] of [
  ["nosuid,nodev", "suid"],
  ["ro", "rw"],
  ["noexec", "exec"],
  ["noatime", "relatime"],
] as const) {
  it(`create refuses a bind mount that takes back a locked flag: ${source} with ${option}`, (box) => {
    withHostMount(box, source, (path) => {
      const bundle = box.bundle((config) => inUserNamespace(config, bind(path, "/tmp/bound", option)));
      assert.match(
        box.fail(["create", "--bundle", bundle, box.newId()]),
        /\/tmp\/bound.*cannot be taken back in a user namespace.*operation not permitted/,
      );
    });
  });
}

/** Recursive attributes, each with one that it undoes on the mounts, and what is seen then. */
const recursiveCases: readonly [option: string, before: string, wanted: string][] = [
  ["rro", "rw", "ro"],
  ["rrw", "ro", "rw"],
  ["rnosuid", "suid", "nosuid"],
  ["rsuid", "nosuid", "!nosuid"],
  ["rnodev", "dev", "nodev"],
  ["rdev", "nodev", "!nodev"],
  ["rnoexec", "exec", "noexec"],
  ["rexec", "noexec", "!noexec"],
  ["rnoatime", "relatime", "noatime"],
  ["ratime", "noatime", "!noatime"],
  ["rrelatime", "noatime", "relatime"],
  ["rnorelatime", "relatime", "relatime"],
  ["rstrictatime", "relatime", "!relatime"],
  ["rnostrictatime", "strictatime", "relatime"],
  ["rnodiratime", "diratime", "nodiratime"],
  ["rdiratime", "nodiratime", "!nodiratime"],
  ["rnosymfollow", "symfollow", "nosymfollow"],
  ["rsymfollow", "nosymfollow", "!nosymfollow"],
];

it("each recursive attribute holds for the bind mount and for those below it", (box) => {
  const seen = box.look(["mounts"], (config) => {
    config.root.readonly = false;
    for (const [option, before] of recursiveCases) {
      // A tmpfs becomes read-only last: what is bound meanwhile is made so by itself.
      config.mounts.push(tmpfs(`/tmp/from/${option}`), tmpfs(`/tmp/from/${option}/below`));
      for (const place of [option, `${option}/below`]) {
        config.mounts.push({
          destination: `/tmp/from/${place}`,
          source: "rootfs",
          options: ["bind", "remount", before],
        });
      }
      config.mounts.push(bind(`rootfs/tmp/from/${option}`, `/tmp/to/${option}`, "rbind", option));
    }
  });
  for (const [option, , wanted] of recursiveCases) {
    assertMount([wanted], seen.mount(`/tmp/to/${option}`));
    assertMount([wanted], seen.mount(`/tmp/to/${option}/below`));
  }
});

it("a recursive attribute leaves the mounts of the source alone", (box) => {
  const seen = box.look(["mounts"], (config) => {
    config.root.readonly = false;
    config.mounts.push(tmpfs("/tmp/from"), tmpfs("/tmp/from/below"));
    config.mounts.push(bind("rootfs/tmp/from", "/tmp/to", "rbind", "rro"));
  });
  assertMount(["rw"], seen.mount("/tmp/from/below"));
  assertMount(["ro"], seen.mount("/tmp/to/below"));
});

it("ro holds for a bind mount alone, not for those below it", (box) => {
  const seen = box.look(["mounts"], (config) => {
    config.root.readonly = false;
    config.mounts.push(tmpfs("/tmp/from"), tmpfs("/tmp/from/below"));
    config.mounts.push(bind("rootfs/tmp/from", "/tmp/to", "rbind", "ro"));
  });
  assertMount(["ro"], seen.mount("/tmp/to"));
  assertMount(["rw"], seen.mount("/tmp/to/below"));
});

it("a bind mount with remount changes the mount that is there", (box) => {
  const seen = box.look(["mounts"], (config) => {
    config.root.readonly = false;
    config.mounts.push(tmpfs("/tmp/there", "nosuid"));
    config.mounts.push({
      destination: "/tmp/there",
      source: "/tmp",
      options: ["bind", "remount", "ro", "noexec"],
    });
  });
  assert.equal(seen.mounts.filter(({ point }) => point === "/tmp/there").length, 1);
  assertMount(["ro", "noexec", "!nosuid"], seen.mount("/tmp/there"));
  assert.ok(seen.mount("/tmp/there").superOptions.includes("rw"));
});

it("remount changes the file system, too", (box) => {
  const seen = box.look(["mounts"], (config) => {
    config.root.readonly = false;
    config.mounts.push(tmpfs("/tmp/there", "nosuid", "size=64k"));
    config.mounts.push(tmpfs("/tmp/there", "remount", "noexec", "size=128k"));
  });
  const mount = seen.mount("/tmp/there");
  assertMount(["noexec", "!nosuid"], mount);
  assert.ok(mount.superOptions.includes("size=128k"), mount.line);
});

it("a bind mount of the type none or of none at all needs its option alone", (box) => {
  const source = box.folder("source");
  writeFileSync(join(source, "file"), "text\n");
  const script = "cat /tmp/none/file /tmp/untyped/file /tmp/typed/file";
  const output = box.output(["/bin/sh", "-c", script], (config) => {
    config.root.readonly = false;
    config.mounts.push({ ...bind(source, "/tmp/none"), type: "none" }, bind(source, "/tmp/typed"));
    config.mounts.push({ destination: "/tmp/untyped", source, options: ["rbind"] });
  });
  assert.equal(output, "text\ntext\ntext\n");
});

it("a bind mount onto / is the container's root", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", "cat /marker; ls -d /proc/self /dev/null /tmp/later"];
    config.root.readonly = false;
    config.mounts.unshift({ destination: "/", type: "bind", source: "other", options: ["rbind"] });
    config.mounts.push(tmpfs("/tmp/later"));
  });
  spawnSync("cp", ["-a", join(bundle, "rootfs"), join(bundle, "other")]);
  writeFileSync(join(bundle, "other/marker"), "the other root\n");
  const { stdout } = box.succeed(["run", "--bundle", bundle, box.newId()]);
  assert.equal(stdout, "the other root\n/dev/null\n/proc/self\n/tmp/later\n");
});

it("create refuses a bind mount whose source is missing, or is no directory where one is", (box) => {
  const source = box.folder("source");
  writeFileSync(join(source, "file"), "");
  const cases: readonly [string, string, RegExp][] = [
    [join(source, "missing"), "/tmp/x", /missing.*no such file or directory/],
    [join(source, "file"), "/tmp", /not a directory/],
    [source, "/bin/busybox", /not a directory/],
  ];
  for (const [from, to, message] of cases) {
    const bundle = box.bundle((config) => config.mounts.push(bind(from, to)));
    assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), message);
  }
});

it("a bind mount with copy-symlink makes the link anew", (box) => {
  const source = box.folder("source");
  symlinkSync("/somewhere/else", join(source, "link"));
  const bundle = box.bundle((config) => {
    config.root.readonly = false;
    config.process.args = ["/bin/readlink", "/made/here/link"];
    config.mounts.push(bind(join(source, "link"), "/made/here/link", "copy-symlink"));
    config.mounts.push(bind(source, "/made/directory", "copy-symlink"));
  });
  const { stdout } = box.succeed(["run", "--bundle", bundle, box.newId()]);
  assert.equal(stdout, "/somewhere/else\n");
  assert.equal(readlinkSync(join(bundle, "rootfs/made/here/link")), "/somewhere/else");
  assert.ok(statSync(join(bundle, "rootfs/made/directory")).isDirectory());
  box.succeed(["run", "--bundle", bundle, box.newId()]);
});

it("create refuses copy-symlink where something else is", (box) => {
  const source = box.folder("source");
  symlinkSync("/somewhere/else", join(source, "link"));
  const bundle = box.bundle((config) => {
    config.root.readonly = false;
    config.mounts.push(bind(join(source, "link"), "/bin/busybox", "copy-symlink"));
  });
  assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), /file exists/);
});

it("a bind mount with src-nofollow shows the link itself, with dest-nofollow covers one", (box) => {
  const source = box.folder("source");
  symlinkSync("target", join(source, "link"));
  writeFileSync(join(source, "file"), "text\n");
  const bundle = box.bundle((config) => {
    config.root.readonly = false;
    config.process.args = ["/bin/sh", "-c", "readlink /tmp/shown; cat /link; test -e /nowhere || echo kept"];
    config.mounts.push(bind(join(source, "link"), "/tmp/shown", "src-nofollow"));
    config.mounts.push(bind(join(source, "file"), "/link", "dest-nofollow"));
  });
  symlinkSync("nowhere", join(bundle, "rootfs/link"));
  const { stdout } = box.succeed(["run", "--bundle", bundle, box.newId()]);
  assert.equal(stdout, "target\ntext\nkept\n");
  assert.ok(lstatSync(join(bundle, "rootfs/link")).isSymbolicLink());
});

it("create refuses a mount that an image's link leads onto /proc or into it (CVE-2019-16884)", (box) => {
  const source = box.folder("source");
  for (const [target, message] of [
    ["/proc", /not of type proc/],
    ["proc/self/attr", /inside \/proc/],
    ["/proc/sys", /inside \/proc/],
  ] as const) {
    for (const mount of [bind(source, "/data"), tmpfs("/data")]) {
      const bundle = box.bundle((config) => config.mounts.push(mount));
      symlinkSync(target, join(bundle, "rootfs/data"));
      assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), message);
    }
  }
});

it("create refuses a mount inside /proc but what lxcfs covers", (box) => {
  const source = box.folder("source");
  writeFileSync(join(source, "meminfo"), "MemTotal: 1 kB\n");
  const refused = box.bundle((config) => config.mounts.push(bind(join(source, "meminfo"), "/proc/version")));
  assert.match(box.fail(["create", "--bundle", refused, box.newId()]), /inside \/proc/);
  const output = box.output(["/bin/cat", "/proc/meminfo"], (config) => {
    config.mounts.push(bind(join(source, "meminfo"), "/proc/meminfo"));
  });
  assert.equal(output, "MemTotal: 1 kB\n");
});

it("the host's /proc may be bound on /proc, another directory may not", (box) => {
  const rebind = (config: Config, source: string) => {
    config.mounts = config.mounts.filter(({ destination }) => destination !== "/proc");
    config.mounts.unshift({ destination: "/proc", type: "bind", source, options: ["rbind"] });
  };
  const seen = box.output(["/bin/cat", "/proc/1/comm"], (config) => rebind(config, "/proc"));
  assert.equal(seen, readFileSync("/proc/1/comm", "utf8"));
  const bundle = box.bundle((config) => rebind(config, box.folder("source")));
  mkdirSync(join(bundle, "rootfs/proc"), { recursive: true });
  assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), /not of type proc/);
});

it("a bind mount in a user namespace needs no way to its source but the runtime's", (box) => {
  const source = box.folder("shut/source");
  mkdirSync(join(source, "below"));
  writeFileSync(join(source, "file"), "text\n");
  chmodSync(box.folder("shut"), 0o700);
  const script = "cat /tmp/volume/file /tmp/file; touch /tmp/volume/new 2>/dev/null || echo refused";
  const output = box.output(["/bin/sh", "-c", script], (config) => {
    inUserNamespace(
      config,
      bind(source, "/tmp/volume", "ro"),
      bind(join(source, "file"), "/tmp/file", "nosuid"),
    );
  });
  assert.equal(output, "text\ntext\nrefused\n");
});

it("a bind mount in a user namespace that is joined needs no way to its source either", (box) => {
  const source = box.folder("shut/source");
  writeFileSync(join(source, "file"), "text\n");
  chmodSync(box.folder("shut"), 0o700);
  const holder = box.state(box.running((config) => mapUsers(config, 100_000, 65_536)));
  const output = box.output(["/bin/sh", "-c", "cat /tmp/volume/file"], (config) => {
    inUserNamespace(config, bind(source, "/tmp/volume", "ro"));
    setNamespace(config, "user", `/proc/${holder.pid}/ns/user`);
  });
  assert.equal(output, "text\n");
});
