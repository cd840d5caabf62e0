import assert from "node:assert/strict";
import { test } from "node:test";
import type { Executor } from "../../../src/sys/executor.ts";
import { O_RDONLY, O_WRONLY, readAll } from "../../../src/sys/files.ts";
import { mount } from "../../../src/sys/mount.ts";
import { cloneFlags } from "../../../src/sys/namespaces.ts";
import { Procfs } from "../../../src/sys/procfs.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { inHand } from "../../helpers/in-hand.ts";
import { inMountNamespace } from "../../helpers/mount-namespace.ts";
import { skipUnless } from "../../helpers/skip.ts";

const MS_BIND = 0x1000;

function read(k: Executor, proc: Procfs, path: string): string {
  using file = proc.open(path, O_RDONLY);
  return Buffer.from(readAll(k, file.number, 4096)).toString();
}

/** What a hostile /proc may look like; `attributes` is the directory of the hand's attributes. */
const covers = {
  "a tmpfs over the attributes": (hand: Hand, attributes: string) =>
    mount(hand, "tmpfs", attributes, "tmpfs", 0),
  "another file of procfs over an attribute": (hand: Hand, attributes: string) =>
    mount(hand, "/proc/version", `${attributes}/exec`, "", MS_BIND),
} as const;

for (const [name, cover] of Object.entries(covers)) {
  test(`Procfs.mounted() does not open what ${name} has put there (CVE-2025-52881)`, () => {
    inMountNamespace(({ hand }) => {
      cover(hand, `/proc/${hand.pid}/attr`);
      using proc = Procfs.mounted(hand);
      assert.throws(() => proc.open("self/attr/exec", O_RDONLY), /invalid cross-device link/);
    });
  });

  test(`Procfs.open() opens what lies below ${name} (CVE-2025-52881)`, (t) => {
    if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
    inMountNamespace(({ hand }) => {
      cover(hand, `/proc/${hand.pid}/attr`);
      using proc = Procfs.open(hand, "processes");
      using file = proc.open("self/attr/exec", O_WRONLY);
      assert.ok(hand.numberOf(file.number) >= 0);
    });
  });
}

test("Procfs.mounted() refuses a /proc that is no procfs (CVE-2019-16884)", () => {
  inMountNamespace(({ hand }) => {
    mount(hand, "tmpfs", "/proc", "tmpfs", 0);
    assert.throws(() => Procfs.mounted(hand), /\/proc is not the root of a proc file system/);
  });
});

test("Procfs.mounted() refuses a /proc that is a directory of a procfs", () => {
  inMountNamespace(({ hand }) => {
    mount(hand, "/proc/sys", "/proc", "", MS_BIND);
    assert.throws(() => Procfs.mounted(hand), /\/proc is not the root of a proc file system/);
  });
});

test("Procfs.open() does without /proc (CVE-2019-16884)", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  inMountNamespace(({ hand }) => {
    mount(hand, "tmpfs", "/proc", "tmpfs", 0);
    using proc = Procfs.open(hand, "all");
    assert.match(read(hand, proc, "self/status"), /^Name:/);
    assert.match(read(hand, proc, "sys/kernel/ostype"), /^Linux$/m);
  });
});

for (const [kind, open] of [
  ["open", (hand: Hand) => Procfs.open(hand, "all")],
  ["mounted", Procfs.mounted],
] as const) {
  for (const path of ["mounts", "self/exe", "self/root/etc/passwd", "self/cwd/x", "self/fd/0"]) {
    test(`Procfs.${kind}() follows no link: ${path} (CVE-2019-19921)`, () => {
      inHand((hand) => {
        using proc = open(hand);
        assert.throws(() => proc.open(path, O_RDONLY), /too many levels of symbolic links/);
      });
    });
  }

  test(`Procfs.${kind}() does not lead out of it`, () => {
    inHand((hand) => {
      using proc = open(hand);
      for (const path of ["../etc/passwd", "/etc/passwd"]) {
        assert.throws(() => proc.open(path, O_RDONLY), /invalid cross-device link/);
      }
    });
  });
}

test("Procfs.open() of processes alone has no kernel parameters", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  inHand((hand) => {
    using proc = Procfs.open(hand, "processes");
    assert.match(read(hand, proc, "self/status"), /^Name:/);
    assert.throws(() => proc.open("sys/kernel/ostype", O_RDONLY), /no such file or directory/);
  });
});

test("Procfs.open() of processes alone shows no others to who may not trace them", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  inHand((hand) => {
    using proc = Procfs.open(hand, "processes");
    hand.call({ name: "setresuid", args: [1000, 1000, 1000] });
    assert.throws(() => proc.open(`${process.pid}/status`, O_RDONLY), /no such file or directory/);
  });
});

test("Procfs.openLink() opens what a link leads to, and none over a mount", () => {
  inMountNamespace(({ hand }) => {
    using proc = Procfs.mounted(hand);
    using namespace = proc.openLink("self/ns/net", O_RDONLY);
    assert.equal(proc.readLink("self/ns/net"), proc.readLink(`self/fd/${hand.numberOf(namespace.number)}`));
    mount(hand, "tmpfs", `/proc/${hand.pid}/ns`, "tmpfs", 0);
    assert.throws(() => proc.openLink("self/ns/net", O_RDONLY), /invalid cross-device link/);
    assert.throws(() => proc.readLink("self/ns/net"), /invalid cross-device link/);
  });
});

test("Procfs.open() counts processes as the namespace of the executor's process does, /proc as its own", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  inHand((hand) => {
    using own = Procfs.open(hand, "processes");
    using host = Procfs.mounted(hand);
    assert.match(read(hand, own, "self/status"), /^Pid:\t1$/m);
    assert.match(read(hand, host, "self/status"), new RegExp(`^Pid:\t${hand.pid}$`, "m"));
  }, cloneFlags.pid);
});

test("Procfs.open() goes on with /proc where its own mount is not permitted", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  inHand((hand) => {
    using proc = Procfs.open(hand, "all");
    const init = String(hand.pid);
    assert.throws(() => proc.open(`${init}/status`, O_RDONLY), /no such file or directory/);
    hand.call({ name: "setresuid", args: [1000, 1000, 1000] });
    assert.throws(() => proc.open("sys/kernel/ostype", O_WRONLY), /permission denied/);
    assert.match(read(hand, proc, `${init}/status`), /^Name:/);
  }, cloneFlags.pid);
});
