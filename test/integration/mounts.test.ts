import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { parseLook } from "../helpers/look.ts";
import { hostMounts } from "../helpers/mountinfo.ts";
import { assertOptions, bind, tmpfs } from "../helpers/mounts.ts";

leaveNothing();

/** What each propagation option makes of a mount: the optional fields of mountinfo. */
const propagationCases: readonly [option: string, wanted: RegExp][] = [
  ["private", /^$/],
  ["rprivate", /^$/],
  ["shared", /^shared:\d+$/],
  ["rshared", /^shared:\d+$/],
  ["slave", /^$/],
  ["rslave", /^$/],
  ["unbindable", /^unbindable$/],
  ["runbindable", /^unbindable$/],
];

it("each propagation option holds for its mount", (box) => {
  const seen = box.look(["mounts"], (config) => {
    config.mounts.push(...propagationCases.map(([option]) => tmpfs(`/tmp/${option}`, option)));
    config.root.readonly = false;
  });
  for (const [option, wanted] of propagationCases) {
    assert.match(seen.mount(`/tmp/${option}`).propagation.join(" "), wanted, option);
  }
});

const rootCases: readonly [value: string | undefined, wanted: RegExp][] = [
  [undefined, /^(master:\d+)?$/],
  ["private", /^$/],
  ["slave", /^(master:\d+)?$/],
  ["shared", /^shared:\d+/],
  ["unbindable", /^unbindable$/],
];

for (const [value, wanted] of rootCases) {
  it(`rootfsPropagation ${value} is that of the container's root`, (box) => {
    const seen = box.look(["mounts"], (config) => {
      if (value !== undefined) {
        config.linux.rootfsPropagation = value;
      }
    });
    assert.match(seen.mount("/").propagation.join(" "), wanted);
  });
}

it("create refuses an unknown rootfsPropagation", (box) => {
  const bundle = box.bundle((config) => {
    config.linux.rootfsPropagation = "sideways";
  });
  box.fail(["create", "--bundle", bundle, box.newId()]);
});

for (const flags of [[], ["--no-pivot"]]) {
  it(`the container sees its root file system and nothing above${flags.map((flag) => ` with ${flag}`)}`, (box) => {
    const result = box.run(
      (config) => {
        config.process.args = [
          "/bin/sh",
          "-c",
          "echo /* ; echo /../../*; grep -c ' /[^ ]* .*host-only' /proc/self/mountinfo || true",
        ];
      },
      { flags },
    );
    const names = "/bin /checker /dev /etc /proc /root /sys /tmp";
    assert.equal(
      result.stdout,
      `${names}\n${names.replaceAll(" /", " /../../").replace("/bin", "/../../bin")}\n0\n`,
      result.stderr,
    );
  });
}

it("a read-only root cannot be written, a writable one can", (box) => {
  const script = "echo text 2>/dev/null >/file && echo written || echo refused";
  const outcomes = [true, false].map((readonly) =>
    box.output(["/bin/sh", "-c", script], (config) => {
      config.root.readonly = readonly;
    }),
  );
  assert.deepEqual(outcomes, ["refused\n", "written\n"]);
});

it("a bind mount shows the host's directory with the options given", (box) => {
  const source = box.folder("source");
  writeFileSync(join(source, "file"), "from the host\n");
  const seen = box.look(["mounts"], (config) => {
    config.mounts.push(
      bind(source, "/tmp/plain"),
      bind(source, "/tmp/ro", "ro", "nosuid", "noexec"),
      bind(join(source, "file"), "/tmp/file", "ro"),
    );
    config.root.readonly = false;
  });
  assertOptions(["rw", "!nosuid"], seen.mount("/tmp/plain").options, "plain");
  assertOptions(["ro", "nosuid", "noexec"], seen.mount("/tmp/ro").options, "ro");
  assertOptions(["ro"], seen.mount("/tmp/file").options, "file");
});

it("what a container writes through a bind mount is on the host, unless it is read-only", (box) => {
  const source = box.folder("source");
  const script = "echo new >/tmp/rw/new; echo new 2>/dev/null >/tmp/ro/refused || echo refused";
  const seen = box.output(["/bin/sh", "-c", script], (config) => {
    config.mounts.push(bind(source, "/tmp/rw"), bind(source, "/tmp/ro", "ro"));
    config.root.readonly = false;
  });
  assert.equal(seen, "refused\n");
  assert.deepEqual(readdirSync(source), ["new"]);
});

it("a bind mount's relative source is the bundle's", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/cat", "/tmp/there/file"];
    config.mounts.push(bind("beside", "/tmp/there"));
    config.root.readonly = false;
  });
  mkdirSync(join(bundle, "beside"));
  writeFileSync(join(bundle, "beside/file"), "beside config.json\n");
  const result = box.succeed(["run", "--bundle", bundle, box.newId()], { cwd: "/" });
  assert.equal(result.stdout, "beside config.json\n");
});

it("a mount that is missing its directory or file gets one", (box) => {
  const source = box.folder("source");
  writeFileSync(join(source, "file"), "text\n");
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    config.root.readonly = false;
    config.mounts.push(tmpfs("/made/deep/directory"), bind(join(source, "file"), "/made/deep/file"));
  });
  box.succeed(["run", "--bundle", bundle, box.newId()]);
  assert.ok(statSync(join(bundle, "rootfs/made/deep/directory")).isDirectory());
  assert.ok(statSync(join(bundle, "rootfs/made/deep/file")).isFile());
});

it("a destination behind symlinks stays in the container's root (CVE-2019-18837, CVE-2021-30465)", (box) => {
  const outside = box.folder("outside");
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "/checker", "mounts"];
    config.root.readonly = false;
    config.mounts.push(tmpfs("/absolute"), tmpfs("/relative/below"), tmpfs("/tmp/../../../dotted"));
  });
  symlinkSync(outside, join(bundle, "rootfs/absolute"));
  symlinkSync("../../../../../../../../../../relative-target", join(bundle, "rootfs/relative"));
  const seen = parseLook(box.succeed(["run", "--bundle", bundle, box.newId()]).stdout);
  for (const point of [outside, "/relative-target/below", "/dotted"]) {
    assert.equal(seen.mount(point).type, "tmpfs");
  }
  assert.deepEqual(readdirSync(outside), []);
  assert.ok(!existsSync("/relative-target") && !existsSync("/dotted"));
});

it("mounts are made in their order: a later one covers an earlier one", (box) => {
  const source = box.folder("source");
  writeFileSync(join(source, "file"), "");
  const seen = box.output(["/bin/ls", "/tmp/spot"], (config) => {
    config.root.readonly = false;
    config.mounts.push(tmpfs("/tmp/spot"), bind(source, "/tmp/spot"));
  });
  assert.equal(seen, "file\n");
});

it("rbind takes the mounts below along, bind does not", (box) => {
  const seen = box.look(["mounts"], (config) => {
    config.root.readonly = false;
    config.mounts.push(
      { destination: "/tmp/deep", type: "none", source: "/sys", options: ["rbind", "ro"] },
      { destination: "/tmp/flat", type: "none", source: "/sys", options: ["bind", "ro"] },
    );
  });
  const below = (point: string) => seen.mounts.filter((mount) => mount.point.startsWith(`${point}/`)).length;
  assert.equal(below("/tmp/flat"), 0);
  assert.ok(below("/tmp/deep") > 0, "the host has mounts below /sys");
});

it("tmpcopyup fills a tmpfs with what it covers", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = [
      "/bin/sh",
      "-c",
      "cd /data && cat file sub/file && stat -c '%a %n' . file sub && readlink link && touch new",
    ];
    config.mounts.push(tmpfs("/data", "tmpcopyup"));
  });
  const data = join(bundle, "rootfs/data");
  mkdirSync(join(data, "sub"), { recursive: true, mode: 0o700 });
  writeFileSync(join(data, "file"), "one\n", { mode: 0o640 });
  writeFileSync(join(data, "sub/file"), "two\n");
  symlinkSync("file", join(data, "link"));
  const { stdout } = box.succeed(["run", "--bundle", bundle, box.newId()]);
  assert.deepEqual(
    stdout
      .trim()
      .split("\n")
      .filter((line) => !line.endsWith(" .")),
    ["one", "two", "640 file", "700 sub", "file"],
  );
  assert.ok(!existsSync(join(data, "new")));
});

it("the default mounts are there with their options", (box) => {
  const seen = box.look(["mounts"]);
  const wanted: Record<string, readonly [type: string, options: string[]]> = {
    "/proc": ["proc", ["rw"]],
    "/dev": ["tmpfs", ["nosuid"]],
    "/dev/pts": ["devpts", ["nosuid", "noexec"]],
    "/dev/shm": ["tmpfs", ["nosuid", "noexec", "nodev"]],
    "/dev/mqueue": ["mqueue", ["nosuid", "noexec", "nodev"]],
    "/sys": ["sysfs", ["nosuid", "noexec", "nodev", "ro"]],
  };
  for (const [point, [type, options]] of Object.entries(wanted)) {
    assert.equal(seen.mount(point).type, type, point);
    assertOptions(options, seen.mount(point).options, point);
  }
});

it("the cgroup mount is read-only and shows the container's cgroup as its root", (box) => {
  const seen = box.look(["mounts", "cgroup"], (config) => {
    setNamespace(config, "cgroup");
  });
  const mounts = seen.mounts.filter((mount) => mount.point.startsWith("/sys/fs/cgroup"));
  assert.ok(mounts.length > 0);
  for (const mount of mounts.filter(({ type }) => type.startsWith("cgroup"))) {
    assertOptions(["ro", "nosuid", "noexec", "nodev"], mount.options, mount.point);
    assert.equal(mount.root, "/", mount.point);
  }
  for (const [controllers, path] of seen.topic("cgroup")) {
    assert.equal(path, "/", controllers);
  }
});

it("without a cgroup namespace the cgroup mount shows the container's own cgroups, read-only", (box) => {
  const seen = box.look(["mounts", "cgroup"], (config) => {
    config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== "cgroup");
  });
  const own = new Set(seen.topic("cgroup").values());
  const mounts = seen.mounts.filter(({ type }) => type.startsWith("cgroup"));
  assert.ok(mounts.length > 0);
  for (const { point, options, root, type } of mounts) {
    assertOptions(["ro", "nosuid", "noexec", "nodev"], options, point);
    assert.ok(type === "cgroup2" ? root === "/" : own.has(root), `${root} at ${point}`);
  }
});

it("the host sees none of the container's mounts", (box) => {
  const before = hostMounts().length;
  box.running((config) => {
    config.root.readonly = false;
    config.mounts.push(tmpfs("/tmp/inside"), bind(box.folder("source"), "/tmp/bound"));
  });
  assert.deepEqual(
    hostMounts().filter((mount) => mount.line.includes(box.directory)),
    [],
  );
  assert.ok(hostMounts().length <= before + 20);
});

it("create refuses to mount over /proc what is not a proc (CVE-2019-16884)", (box) => {
  const bundle = box.bundle((config) => {
    config.mounts.push(tmpfs("/proc"));
  });
  assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), /\/proc/);
});
