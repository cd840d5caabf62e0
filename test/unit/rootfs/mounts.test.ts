import assert from "node:assert/strict";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { test } from "node:test";
import { type MountEntry, MountError } from "../../../src/rootfs/mount-error.ts";
import { mountAll } from "../../../src/rootfs/mounts.ts";
import { makeReadOnly } from "../../../src/rootfs/pivot.ts";
import { bindRoot, type MountCalls } from "../../../src/rootfs/root-mount.ts";
import { hasCall } from "../../../src/sys/new-mounts.ts";
import { failedCall } from "../../../src/sys/syscall-error.ts";
import { contextOf } from "../../helpers/mount-context.ts";
import { inMountNamespace, type MountNamespace } from "../../helpers/mount-namespace.ts";

/** What this kernel has. */
const present: MountCalls = { tree: hasCall("open_tree"), attributes: hasCall("mount_setattr") };
/** The ways to mount, of which this kernel may lack some. */
const ways: Readonly<Record<string, MountCalls>> = {
  "as Linux 5.12 can": { tree: true, attributes: true },
  "as Linux 5.2 can": { tree: true, attributes: false },
  "by mount(2)": { tree: false, attributes: false },
};
let calls = present;

/** A test of what must be alike, however it is mounted. */
function everyWay(name: string, body: () => void): void {
  for (const [way, its] of Object.entries(ways)) {
    if ((its.tree && !present.tree) || (its.attributes && !present.attributes)) continue;
    test(`${name}, ${way}`, () => {
      calls = its;
      try {
        body();
      } finally {
        calls = present;
      }
    });
  }
}

/** A root with some directories, which the entries are mounted in; fails if they fail. */
function withMounts(entries: readonly MountEntry[], check: (namespace: MountNamespace) => void): void {
  inMountNamespace((namespace) => {
    const { hand, directory, view } = namespace;
    for (const name of ["rootfs/target", "rootfs/dev", "source/sub"])
      mkdirSync(view(`/${name}`), { recursive: true });
    writeFileSync(view("/source/file"), "text");
    symlinkSync("../../../../source", view("/rootfs/leaving"));
    const root = bindRoot(hand, `${directory}/rootfs`, calls);
    hand.flush();
    mountAll(hand, contextOf(root, directory), entries);
    hand.flush();
    check(namespace);
  });
}

function failure(entries: readonly MountEntry[]): MountError {
  try {
    withMounts(entries, () => {});
  } catch (error) {
    assert.ok(error instanceof MountError, String(error));
    return error;
  }
  throw new Error("nothing failed");
}

const tmpfs = (destination: string, ...options: string[]): MountEntry => ({
  destination,
  type: "tmpfs",
  source: "tmpfs",
  options,
});

everyWay("mountAll() mounts a tmpfs with its options", () => {
  withMounts(
    [tmpfs("/target", "nosuid", "noexec", "noatime", "size=64k", "mode=1777")],
    ({ mounts, view }) => {
      const mount = mounts().get("/rootfs/target");
      assert.equal(mount?.type, "tmpfs");
      assert.deepEqual([...(mount?.options ?? [])].sort(), ["noatime", "noexec", "nosuid", "rw"]);
      assert.ok(mount?.superOptions.includes("size=64k"));
      assert.equal(statSync(view("/rootfs/target")).mode & 0o7777, 0o1777);
    },
  );
});

everyWay("mountAll() gives a tmpfs without a mode that of the directory below", () => {
  withMounts([tmpfs("/dev"), tmpfs("/dev/shm"), tmpfs("/dev", "size=1m")], ({ view }) => {
    assert.equal(statSync(view("/rootfs/dev")).mode & 0o7777, 0o755);
  });
});

everyWay("mountAll() gives a tmpfs over nothing the kernel's mode", () => {
  withMounts([tmpfs("/dev/shm")], ({ view }) => {
    assert.equal(statSync(view("/rootfs/dev/shm")).mode & 0o7777, 0o1777);
  });
});

everyWay(
  "mountAll() leaves a tmpfs and /dev writable until the end, and makes others read-only at once",
  () => {
    inMountNamespace(({ hand, directory, view, mounts }) => {
      mkdirSync(view("/rootfs"));
      const context = contextOf(bindRoot(hand, `${directory}/rootfs`, calls), directory);
      const other = { destination: "/ram", type: "ramfs", source: "ramfs", options: ["ro"] };
      mountAll(hand, context, [
        tmpfs("/tmp", "ro"),
        tmpfs("/tmp/below"),
        { ...other, destination: "/dev" },
        other,
      ]);
      hand.flush();
      const options = (place: string) => mounts().get(`/rootfs${place}`)?.options ?? [];
      assert.ok(options("/tmp").includes("rw") && options("/dev").includes("rw"));
      assert.ok(options("/ram").includes("ro"));
      const pointers = context.readOnlyLater.map(({ pointer }) => pointer);
      assert.deepEqual(pointers, ["/mounts/0", "/mounts/2"]);
      for (const { mount, pointer } of context.readOnlyLater) makeReadOnly(hand, mount, pointer);
      hand.flush();
      assert.ok(options("/tmp").includes("ro") && options("/dev").includes("ro"));
    });
  },
);

/** Options that fsconfig(2) does not take. */
const onlyByMount = [["iversion"], ["silent"], [`size=${"0".repeat(300)}1m`]];

for (const options of onlyByMount) {
  const shown = options.join().slice(0, 8);
  everyWay(`mountAll() copies up onto a tmpfs with ${shown} that is read-only in the end`, () => {
    inMountNamespace(({ hand, directory, view, mounts }) => {
      mkdirSync(view("/rootfs/target/sub"), { recursive: true });
      writeFileSync(view("/rootfs/target/file"), "text");
      const context = contextOf(bindRoot(hand, `${directory}/rootfs`, calls), directory);
      hand.flush();
      const before = [...mounts().keys()];
      const all = [...options, "ro", "noexec", "noatime", "tmpcopyup", "shared"];
      mountAll(hand, context, [tmpfs("/target", ...all), tmpfs("/target/sub/below")]);
      hand.flush();
      const places = [...mounts().keys()].filter((place) => !before.includes(place));
      assert.deepEqual(places, ["/rootfs/target", "/rootfs/target/sub/below"]);
      assert.deepEqual(
        context.readOnlyLater.map(({ pointer }) => pointer),
        ["/mounts/0"],
      );
      for (const { mount, pointer } of context.readOnlyLater) makeReadOnly(hand, mount, pointer);
      hand.flush();
      const mount = mounts().get("/rootfs/target");
      assert.deepEqual([...(mount?.options ?? [])].sort(), ["noatime", "noexec", "ro"]);
      assert.match(mount?.propagation.join() ?? "", /^shared:/);
      assert.deepEqual(readdirSync(view("/rootfs/target")).sort(), ["file", "sub"]);
      assert.equal(readFileSync(view("/rootfs/target/file"), "utf8"), "text");
    });
  });
}

everyWay("mountAll() labels an mqueue by its root, options of mount(2) or not", () => {
  for (const options of [[], ["silent"]]) {
    inMountNamespace(({ hand, directory, view }) => {
      mkdirSync(view("/rootfs"));
      const root = bindRoot(hand, `${directory}/rootfs`, calls);
      const entry = { destination: "/queue", type: "mqueue", source: "mqueue", options };
      // Which no kernel without SELinux keeps, nor any for an mqueue: it says so.
      const context = contextOf(root, directory, { label: "system_u:object_r:nothing_t:s0" });
      const mounted = (): void => {
        mountAll(hand, context, [entry]);
        hand.flush();
      };
      assert.throws(mounted, (error) => failedCall(error)?.syscall === "fsetxattr");
    });
  }
});

everyWay("mountAll() finds the layers of an overlay below its target", () => {
  const layers = Array.from({ length: 12 }, (_, index) => `layer-${index}-${"x".repeat(20)}`);
  inMountNamespace(({ hand, directory, view, mounts }) => {
    for (const layer of layers) {
      mkdirSync(view(`/rootfs/target/${layer}`), { recursive: true });
      writeFileSync(view(`/rootfs/target/${layer}/of-${layer}`), "");
    }
    const root = bindRoot(hand, `${directory}/rootfs`, calls);
    const lowerdir = layers.map((layer) => `${directory}/rootfs/target/${layer}`).join(":");
    const options = [`lowerdir=${lowerdir}`, "ro"];
    mountAll(hand, contextOf(root, directory), [
      { destination: "/target", type: "overlay", source: "overlay", options },
    ]);
    hand.flush();
    assert.equal(mounts().get("/rootfs/target")?.type, "overlay");
    assert.ok(mounts().get("/rootfs/target")?.superOptions.includes("ro"));
    assert.equal(readdirSync(view("/rootfs/target")).length, layers.length);
  });
});

everyWay("mountAll() mounts with options of mount(2) in an unbindable mount", () => {
  withMounts([tmpfs("/target", "unbindable"), tmpfs("/target/below", "silent", "nosuid")], ({ mounts }) => {
    assert.ok(mounts().get("/rootfs/target/below")?.options.includes("nosuid"));
  });
});

everyWay("mountAll() binds a directory, relative to the bundle, and a file", () => {
  const entries: MountEntry[] = [
    { destination: "/target", source: "source", type: "bind", options: ["bind", "ro"] },
    { destination: "/made/file", source: "source/file", options: ["bind"] },
  ];
  withMounts(entries, ({ view, mounts }) => {
    assert.deepEqual(readdirSync(view("/rootfs/target")).sort(), ["file", "sub"]);
    assert.equal(readFileSync(view("/rootfs/made/file"), "utf8"), "text");
    assert.ok(mounts().get("/rootfs/target")?.options.includes("ro"));
    assert.ok(mounts().get("/rootfs/made/file")?.options.includes("rw"));
  });
});

everyWay("mountAll() follows links inside the root only", () => {
  withMounts([tmpfs("/leaving/new")], ({ view, mounts }) => {
    assert.deepEqual(readdirSync(view("/source")).sort(), ["file", "sub"]);
    assert.equal(mounts().get("/rootfs/source/new")?.type, "tmpfs");
  });
});

everyWay("mountAll() binds a file where the image has a link to nothing", () => {
  inMountNamespace(({ hand, directory, view }) => {
    mkdirSync(view("/rootfs/etc"), { recursive: true });
    symlinkSync("../run/resolve/stub.conf", view("/rootfs/etc/resolv.conf"));
    writeFileSync(view("/resolv.conf"), "nameserver");
    const root = bindRoot(hand, `${directory}/rootfs`, calls);
    const entry = { destination: "/etc/resolv.conf", source: "resolv.conf", options: ["bind"] };
    mountAll(hand, contextOf(root, directory), [entry]);
    hand.flush();
    assert.equal(readFileSync(view("/rootfs/run/resolve/stub.conf"), "utf8"), "nameserver");
    assert.ok(lstatSync(view("/rootfs/etc/resolv.conf")).isSymbolicLink());
  });
});

everyWay("mountAll() carries its entries out in their order", () => {
  withMounts([tmpfs("/target", "mode=700"), tmpfs("/target/a"), tmpfs("/target/a/b")], ({ mounts }) => {
    const places = [...mounts().keys()].filter((place) => place.startsWith("/rootfs/target"));
    assert.deepEqual(places, ["/rootfs/target", "/rootfs/target/a", "/rootfs/target/a/b"]);
  });
});

const skip = present.attributes ? false : "attributes of a whole tree of mounts are set since Linux 5.12";
test("mountAll() sets attributes of the whole tree with their recursive forms", { skip }, () => {
  const entries = [
    tmpfs("/target", "mode=755"),
    tmpfs("/target/below"),
    { destination: "/tree", source: "rootfs/target", options: ["rbind", "rro", "nosuid"] },
  ];
  withMounts(entries, ({ mounts }) => {
    const [top, below] = ["/rootfs/tree", "/rootfs/tree/below"].map(
      (place) => mounts().get(place)?.options ?? [],
    );
    assert.ok(top?.includes("ro") && top.includes("nosuid"), String(top));
    assert.ok(below?.includes("ro") && !below.includes("nosuid"), String(below));
    assert.ok(mounts().get("/rootfs/target/below")?.options.includes("rw"));
  });
});

everyWay("mountAll() sets propagation behind the mount", () => {
  withMounts([tmpfs("/target", "shared"), tmpfs("/dev", "unbindable")], ({ mounts }) => {
    assert.match(mounts().get("/rootfs/target")?.propagation.join() ?? "", /^shared:\d+$/);
    assert.deepEqual(mounts().get("/rootfs/dev")?.propagation, ["unbindable"]);
  });
});

everyWay("mountAll() with remount changes what is mounted there", () => {
  const entries = [tmpfs("/target"), { destination: "/target", options: ["remount", "noexec"] }];
  withMounts(entries, ({ mounts }) => {
    assert.ok(mounts().get("/rootfs/target")?.options.includes("noexec"));
    assert.equal(mounts().size > 0, true);
  });
});

everyWay("mountAll() fills a tmpfs with what it covers with tmpcopyup", () => {
  inMountNamespace(({ hand, directory, view }) => {
    mkdirSync(view("/rootfs/etc/deep"), { recursive: true });
    writeFileSync(view("/rootfs/etc/file"), "text", { mode: 0o640 });
    writeFileSync(view("/rootfs/etc/deep/other"), "x".repeat(100_000));
    symlinkSync("/etc/file", view("/rootfs/etc/link"));
    const root = bindRoot(hand, `${directory}/rootfs`, calls);
    mountAll(hand, contextOf(root, directory), [tmpfs("/etc", "tmpcopyup", "ro")]);
    hand.flush();
    assert.deepEqual(readdirSync(view("/rootfs/etc")).sort(), ["deep", "file", "link"]);
    assert.equal(readFileSync(view("/rootfs/etc/deep/other"), "utf8").length, 100_000);
    assert.equal(statSync(view("/rootfs/etc/file")).mode & 0o777, 0o640);
  });
});

everyWay("mountAll() takes options that are longer than fsconfig(2) does", () => {
  const flags = ["nodev", "nosuid", "noexec", "ro", "noatime", "nodiratime", "nosymfollow"];
  const lower = Array.from({ length: 20 }, (_, index) => `lower-${index}-${"x".repeat(40)}`);
  inMountNamespace(({ hand, directory, view, mounts }) => {
    for (const name of ["rootfs/target", ...lower]) mkdirSync(view(`/${name}`), { recursive: true });
    const root = bindRoot(hand, `${directory}/rootfs`, calls);
    const lowerdir = `lowerdir=${lower.map((name) => `${directory}/${name}`).join(":")}`;
    const entry = {
      destination: "/target",
      type: "overlay",
      source: "overlay",
      options: [...flags, lowerdir],
    };
    mountAll(hand, contextOf(root, directory), [entry]);
    hand.flush();
    const mount = mounts().get("/rootfs/target");
    assert.equal(mount?.type, "overlay");
    for (const flag of flags) assert.ok(mount.options.includes(flag), `${flag}: ${mount.line}`);
  });
});

/** Types and whether their files get the label: a kernel without SELinux says that it does not know the option. */
const labelled: readonly (readonly [type: string, label: RegExp | undefined])[] = [
  ["tmpfs", /context|invalid argument/],
  ["devpts", /context|invalid argument/],
  ["proc", undefined],
  ["sysfs", undefined],
];

for (const [type, label] of labelled) {
  test(`mountAll() gives a ${type} ${label === undefined ? "no" : "the"} label of linux.mountLabel`, () => {
    inMountNamespace(({ hand, directory, view, mounts }) => {
      mkdirSync(view("/rootfs"));
      const more = { label: "system_u:object_r:container_file_t:s0:c1,c2" };
      const context = contextOf(bindRoot(hand, `${directory}/rootfs`, calls), directory, more);
      const mount = (): void => {
        mountAll(hand, context, [{ destination: `/${type}`, type, source: type }]);
        hand.flush();
      };
      const seen = (): string => {
        try {
          mount();
          return mounts().get(`/rootfs/${type}`)?.line ?? "";
        } catch (error) {
          return error instanceof MountError ? String(error.cause) : String(error);
        }
      };
      const text = seen();
      if (label !== undefined) assert.match(text, label);
      else assert.match(text, new RegExp(` - ${type} `));
    });
  });
}

const faults: readonly (readonly [entry: MountEntry, message: RegExp, cause: RegExp])[] = [
  [
    { destination: "/target", type: "nosuchfs", source: "none" },
    /^error mounting "none" to rootfs at "\/target" \(type nosuchfs\)$/,
    /^(fsopen "nosuchfs"|mount "none" on .*): no such device$/,
  ],
  [
    tmpfs("/target", "size=much"),
    /\(type tmpfs; options size=much; kernel: .*size.*\)$|\(type tmpfs; options size=much\)$/,
    /^fsconfig size=much: invalid argument$|^mount "tmpfs" on .*: invalid argument$/,
  ],
  [
    tmpfs("/target", "nonsense"),
    /options nonsense(; kernel: .*nonsense.*)?\)$/,
    /^fsconfig nonsense: invalid argument$|^mount "tmpfs" on .*: invalid argument$/,
  ],
  [
    { destination: "/target", type: "bind", source: "/nonexistent", options: ["rbind"] },
    /^error mounting "\/nonexistent" to rootfs at "\/target" \(type bind; options rbind\)$/,
    /^open(_tree|at) "\/nonexistent": no such file or directory$/,
  ],
  [
    { destination: "/proc", type: "tmpfs", source: "tmpfs" },
    /^error mounting "tmpfs" to rootfs at "\/proc"/,
    /^"\/proc" cannot be mounted because it is not of type proc$/,
  ],
  [
    { destination: "/leaving", type: "sysfs", source: "sysfs" },
    /^error mounting "sysfs" to rootfs at "\/leaving"/,
    /^filesystem "sysfs" must be mounted on ordinary directory$/,
  ],
  // The kernel follows a link that a slash comes after.
  ...["/leaving/", "/leaving/.", "/missing/../leaving//"].map((destination): (typeof faults)[number] => [
    { destination, type: "proc", source: "proc" },
    /^error mounting "proc"/,
    /^filesystem "proc" must be mounted on ordinary directory$/,
  ]),
  [
    { destination: "/missing", options: ["remount", "ro"] },
    /^error mounting to rootfs at "\/missing"/,
    /^nothing is mounted at "\/missing"$/,
  ],
];

for (const [entry, message, cause] of faults) {
  everyWay(`mountAll() says why it fails: ${cause.source}`, () => {
    const error = failure([tmpfs("/dev"), entry]);
    assert.match(error.message, message);
    assert.equal(error.pointer, "/mounts/1");
    assert.match((error.cause as Error).message, cause);
  });
}
