import assert from "node:assert/strict";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { geteuid } from "node:process";
import { type TestContext, test } from "node:test";
import {
  type DeviceEntry,
  defaultDevices,
  makeDeviceLinks,
  makeDevices,
  openNull,
} from "../../../src/rootfs/devices.ts";
import { bindRoot } from "../../../src/rootfs/root-mount.ts";
import { capget, capset } from "../../../src/sys/capset.ts";
import { makeDevice, O_RDWR } from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { inMountNamespace, type MountNamespace } from "../../helpers/mount-namespace.ts";
import { skipUnless } from "../../helpers/skip.ts";

const CAP_MKNOD = 1n << 27n;
const S_IFMT = 0o170000;
const O_ACCMODE = 3;

function withRoot(body: (root: number, namespace: MountNamespace) => void): void {
  inMountNamespace((namespace) => {
    mkdirSync(namespace.view("/rootfs/dev"), { recursive: true });
    using root = bindRoot(namespace.hand, `${namespace.directory}/rootfs`);
    namespace.hand.flush();
    body(root.number, namespace);
  });
}

/** mknod(2) of a device is root's alone. */
const canMake = (t: TestContext) => skipUnless(t, geteuid?.() === 0, "root");

test("defaultDevices are the specification's, but for the terminal's", () => {
  assert.deepEqual(defaultDevices.map(({ path }) => path).sort(), [
    "/dev/full",
    "/dev/null",
    "/dev/random",
    "/dev/tty",
    "/dev/urandom",
    "/dev/zero",
  ]);
  for (const { path, major, minor } of defaultDevices) {
    const { rdev } = statSync(path);
    assert.equal(makeDevice(Number(major ?? 0), Number(minor ?? 0)), rdev, path);
  }
});

test("makeDevices() makes the default ones with mode 0666 whatever the umask", (t) => {
  if (!canMake(t)) return;
  withRoot((root, { hand, view }) => {
    hand.call({ name: "umask", args: [0o777] });
    makeDevices(hand, root, [], false);
    for (const { path } of defaultDevices) {
      const [made, host] = [lstatSync(view(`/rootfs${path}`)), statSync(path)];
      assert.deepEqual([made.mode & 0o7777, made.rdev, made.uid], [0o666, host.rdev, 0], path);
    }
  });
});

test("makeDevices() makes config.json's with type, mode and owner, and instead of a default one", (t) => {
  if (!canMake(t)) return;
  const entries: DeviceEntry[] = [
    { path: "/dev/null", type: "c", major: 1, minor: 5, fileMode: 0o600 },
    { path: "/dev/deep/block", type: "b", major: 7, minor: 300, fileMode: 0o60640, uid: 5, gid: 6 },
    { path: "/dev/fifo", type: "p" },
    { path: "/dev/unbuffered", type: "u", major: 1, minor: 3 },
  ];
  withRoot((root, { hand, view }) => {
    makeDevices(hand, root, entries, false);
    const seen = entries.map(({ path }) => {
      const { mode, rdev, uid, gid } = lstatSync(view(`/rootfs${path}`));
      return [mode & S_IFMT, mode & 0o7777, rdev, uid, gid];
    });
    assert.deepEqual(seen, [
      [0o020000, 0o600, makeDevice(1, 5), 0, 0],
      [0o060000, 0o640, makeDevice(7, 300), 5, 6],
      [0o010000, 0o666, 0, 0, 0],
      [0o020000, 0o666, makeDevice(1, 3), 0, 0],
    ]);
  });
});

test("makeDevices() makes more devices in one directory than a batch has records", (t) => {
  if (!canMake(t)) return;
  const entries = Array.from({ length: 700 }, (_, minor): DeviceEntry => {
    return { path: `/dev/many/${minor}`, type: "c", major: 10, minor };
  });
  withRoot((root, { hand, view }) => {
    makeDevices(hand, root, entries, false);
    for (const { path, minor = 0 } of entries) {
      const { mode, rdev } = lstatSync(view(`/rootfs${path}`));
      assert.deepEqual([mode & 0o777, rdev], [0o666, makeDevice(10, Number(minor))], path);
    }
  });
});

test("makeDevices() binds the host's devices where it is told to", () => {
  withRoot((root, { hand, view, mounts }) => {
    makeDevices(hand, root, [], true);
    for (const { path } of defaultDevices) {
      assert.equal(statSync(view(`/rootfs${path}`)).rdev, statSync(path).rdev, path);
      assert.ok(mounts().has(`/rootfs${path}`), path);
    }
  });
});

test("makeDevices() accepts a node that is as it should be, and no other file in its place", (t) => {
  if (!canMake(t)) return;
  withRoot((root, { hand, view }) => {
    makeDevices(hand, root, [], false);
    makeDevices(hand, root, [], false);
    writeFileSync(view("/rootfs/dev/file"), "");
    symlinkSync("null", view("/rootfs/dev/link"));
    for (const path of ["/dev/file", "/dev/link", "/dev/zero"]) {
      const entry = { path, type: "c", major: 1, minor: 3 };
      assert.throws(
        () => makeDevices(hand, root, [entry], false),
        (error: Error) =>
          error.message === `${JSON.stringify(path)} exists in the root file system and is another file`,
        path,
      );
    }
  });
});

test("makeDevices() binds the host's devices where it may not make any, as in a container around it", (t) => {
  if (!canMake(t)) return;
  withRoot((root, { hand, view, mounts }) => {
    const { effective, permitted, inheritable } = capget(local);
    const without = { effective: effective & ~CAP_MKNOD, permitted: permitted & ~CAP_MKNOD, inheritable };
    capset(hand, without);
    makeDevices(hand, root, [{ path: "/dev/fifo", type: "p", fileMode: 0o640 }], false);
    assert.equal(lstatSync(view("/rootfs/dev/fifo")).mode, 0o010640);
    for (const { path } of defaultDevices) {
      assert.equal(statSync(view(`/rootfs${path}`)).rdev, statSync(path).rdev, path);
      assert.ok(mounts().has(`/rootfs${path}`), path);
    }
  });
});

test("makeDevices() binds nothing of the host that is not the device asked for", () => {
  withRoot((root, { hand, mounts }) => {
    for (const path of ["/etc/passwd", "etc/passwd", "/dev/../etc/passwd", "/dev/zero", "/dev"]) {
      assert.throws(
        () => makeDevices(hand, root, [{ path, type: "c", major: 1, minor: 3 }], true),
        (error: Error & { pointer?: string }) => {
          assert.equal(error.message, `${JSON.stringify(path)} of the host is not the device c 1:3`);
          return true;
        },
        path,
      );
    }
    assert.deepEqual(
      [...mounts().keys()].filter((place) => place !== "/rootfs"),
      [],
    );
  });
});

test("makeDevices() makes nodes in the root alone, whatever their paths are", (t) => {
  if (!canMake(t)) return;
  withRoot((root, { hand, view }) => {
    mkdirSync(view("/outside"));
    symlinkSync("/outside", view("/rootfs/absolute"));
    symlinkSync("../../outside", view("/rootfs/dev/climbing"));
    const paths = ["/../up", "/dev/../../../../outside/a", "/absolute/b", "/dev/climbing/c", "relative"];
    const entries = paths.map((path) => ({ path, type: "c", major: 1, minor: 3 }));
    makeDevices(hand, root, entries, false);
    assert.deepEqual(readdirSync(view("/outside")), []);
    for (const made of ["/up", "/outside/a", "/outside/b", "/outside/c", "/relative"]) {
      assert.equal(lstatSync(view(`/rootfs${made}`)).rdev, statSync("/dev/null").rdev, made);
    }
    for (const path of ["/", "/dev", "/dev/", "/dev/.", "/dev/.."]) {
      const entry = { path, type: "c", major: 1, minor: 3 };
      assert.throws(() => makeDevices(hand, root, [entry], false), Error, path);
    }
  });
});

test("makeDevices() leaves the umask as it was", (t) => {
  if (!canMake(t)) return;
  withRoot((root, { hand }) => {
    hand.call({ name: "umask", args: [0o27] });
    makeDevices(hand, root, [], false);
    assert.equal(hand.call({ name: "umask", args: [0] }), 0o27);
  });
});

test("makeDevices() names the entry that fails", () => {
  withRoot((root, { hand }) => {
    const entries = [
      { path: "/dev/x", type: "p" },
      { path: "/dev/nonexistent-device", type: "c", major: 1, minor: 3 },
    ];
    assert.throws(
      () => makeDevices(hand, root, entries, true),
      (error: Error & { pointer?: string }) => {
        assert.equal(error.message, "creating device /dev/nonexistent-device");
        assert.equal(error.pointer, "/linux/devices/1");
        assert.match(String(error.cause), /nonexistent-device.*no such file/);
        return true;
      },
    );
  });
});

test("makeDeviceLinks() makes the links, keeps those that are there, and takes ptmx's place", () => {
  withRoot((root, { hand, view }) => {
    symlinkSync("/other", view("/rootfs/dev/stdin"));
    writeFileSync(view("/rootfs/dev/ptmx"), "");
    makeDeviceLinks(hand, root, true);
    hand.flush();
    const links = ["fd", "stdin", "stdout", "stderr", "core", "ptmx"];
    assert.deepEqual(
      links.map((name) => readlinkSync(view(`/rootfs/dev/${name}`))),
      ["/proc/self/fd", "/other", "/proc/self/fd/1", "/proc/self/fd/2", "/proc/kcore", "pts/ptmx"],
    );
  });
});

test("openNull() takes the null device and nothing else (CVE-2025-31133)", () => {
  withRoot((root, { hand, view }) => {
    assert.throws(() => openNull(hand, root, O_RDWR), /\/dev\/null is missing/);
    writeFileSync(view("/rootfs/dev/null"), "");
    assert.throws(() => openNull(hand, root, O_RDWR), /not the null device/);
    makeDevices(hand, root, [{ path: "/dev/zero", type: "c", major: 1, minor: 5 }], true);
    using device = openNull(hand, root, O_RDWR);
    const info = readFileSync(`/proc/${hand.pid}/fdinfo/${hand.numberOf(device.number)}`, "utf8");
    const flags = Number.parseInt(/^flags:\s*(\d+)$/m.exec(info)?.[1] ?? "", 8);
    assert.equal(flags & O_ACCMODE, O_RDWR);
  });
});
