import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attributeNames,
  mountOptionNames,
  parseMountOptions,
  propagationOf,
} from "../../../src/rootfs/mount-options.ts";
import {
  MOUNT_ATTR__ATIME as ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_STRICTATIME,
  MS_PRIVATE,
  MS_SHARED,
  MS_SLAVE,
  MS_UNBINDABLE,
} from "../../../src/sys/mount.ts";

const nothing = {
  attributes: { set: 0, clear: 0 },
  recursiveAttributes: { set: 0, clear: 0 },
  propagation: [],
  superblock: [],
  bind: false,
  recursiveBind: false,
  remount: false,
  copyUp: false,
  copySymlink: false,
  sourceNoFollow: false,
  destinationNoFollow: false,
  data: [],
};

/** mount(8)'s options of a mount, with what each sets and clears; each has a recursive form, too (runtime-spec 1.1). */
const attributes: Readonly<Record<string, readonly [set: number, clear: number]>> = {
  ro: [MOUNT_ATTR_RDONLY, 0],
  rw: [0, MOUNT_ATTR_RDONLY],
  nosuid: [MOUNT_ATTR_NOSUID, 0],
  suid: [0, MOUNT_ATTR_NOSUID],
  nodev: [MOUNT_ATTR_NODEV, 0],
  dev: [0, MOUNT_ATTR_NODEV],
  noexec: [MOUNT_ATTR_NOEXEC, 0],
  exec: [0, MOUNT_ATTR_NOEXEC],
  noatime: [MOUNT_ATTR_NOATIME, ATIME],
  atime: [0, ATIME],
  relatime: [0, ATIME],
  norelatime: [0, 0],
  strictatime: [MOUNT_ATTR_STRICTATIME, ATIME],
  nostrictatime: [0, ATIME],
  nodiratime: [MOUNT_ATTR_NODIRATIME, 0],
  diratime: [0, MOUNT_ATTR_NODIRATIME],
  nosymfollow: [MOUNT_ATTR_NOSYMFOLLOW, 0],
  symfollow: [0, MOUNT_ATTR_NOSYMFOLLOW],
};

/** What every other option of mount(8) and runc's table does. */
const others: Readonly<Record<string, Partial<ReturnType<typeof parseMountOptions>>>> = {
  defaults: {},
  loud: {},
  silent: { superblock: ["silent"] },
  sync: { superblock: ["sync"] },
  async: { superblock: ["async"] },
  dirsync: { superblock: ["dirsync"] },
  mand: { superblock: ["mand"] },
  nomand: { superblock: ["nomand"] },
  lazytime: { superblock: ["lazytime"] },
  nolazytime: { superblock: ["nolazytime"] },
  acl: { superblock: ["acl"] },
  noacl: { superblock: ["noacl"] },
  iversion: { superblock: ["iversion"] },
  noiversion: { superblock: ["noiversion"] },
  bind: { bind: true },
  rbind: { bind: true, recursiveBind: true },
  remount: { remount: true },
  idmap: {},
  ridmap: {},
  tmpcopyup: { copyUp: true },
  "copy-symlink": { copySymlink: true },
  "src-nofollow": { sourceNoFollow: true },
  "dest-nofollow": { destinationNoFollow: true },
  private: { propagation: [{ type: MS_PRIVATE, recursive: false }] },
  rprivate: { propagation: [{ type: MS_PRIVATE, recursive: true }] },
  shared: { propagation: [{ type: MS_SHARED, recursive: false }] },
  rshared: { propagation: [{ type: MS_SHARED, recursive: true }] },
  slave: { propagation: [{ type: MS_SLAVE, recursive: false }] },
  rslave: { propagation: [{ type: MS_SLAVE, recursive: true }] },
  unbindable: { propagation: [{ type: MS_UNBINDABLE, recursive: false }] },
  runbindable: { propagation: [{ type: MS_UNBINDABLE, recursive: true }] },
};

for (const [name, [set, clear]] of Object.entries(attributes)) {
  test(`parseMountOptions() takes ${name} for the mount and r${name} for its tree`, () => {
    assert.deepEqual(parseMountOptions([name]), { ...nothing, attributes: { set, clear } });
    assert.deepEqual(parseMountOptions([`r${name}`]), { ...nothing, recursiveAttributes: { set, clear } });
  });
}

for (const [name, change] of Object.entries(others)) {
  test(`parseMountOptions() takes ${name}`, () => {
    assert.deepEqual(parseMountOptions([name]), { ...nothing, ...change });
  });
}

test("parseMountOptions() leaves mappings in an option to who makes id-mapped mounts", () => {
  const options = ["idmap=uids=0-1-2;gids=0-1-2", "ridmap=x"];
  assert.deepEqual(parseMountOptions(options), nothing);
});

test("mountOptionNames lists the options that are tested here, and no other, sorted", () => {
  const recursive = Object.keys(attributes).map((name) => `r${name}`);
  const all = [...Object.keys(attributes), ...recursive, ...Object.keys(others)];
  assert.deepEqual(mountOptionNames, all.sort());
});

/** Lists of options and the attributes that are left: the later option wins. */
const sequences: readonly (readonly [options: string, set: number, clear: number])[] = [
  ["ro,rw", 0, MOUNT_ATTR_RDONLY],
  ["rw,ro", MOUNT_ATTR_RDONLY, MOUNT_ATTR_RDONLY],
  ["nosuid,suid,nosuid", MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOSUID],
  ["noatime,strictatime", MOUNT_ATTR_STRICTATIME, ATIME],
  ["strictatime,noatime", MOUNT_ATTR_NOATIME, ATIME],
  ["strictatime,relatime", 0, ATIME],
  ["noatime,norelatime", MOUNT_ATTR_NOATIME, ATIME],
  ["nosuid,noexec,nodev,ro", 0xf, 0],
  ["noatime,nodiratime", MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME, ATIME],
];

for (const [options, set, clear] of sequences) {
  test(`parseMountOptions() of ${options} lets the later option win`, () => {
    assert.deepEqual(parseMountOptions(options.split(",")).attributes, { set, clear });
  });
}

test("parseMountOptions() never sets two access time modes, which mount_setattr(2) refuses", () => {
  const modes = ["noatime", "atime", "relatime", "strictatime", "nostrictatime", "norelatime"];
  for (const first of modes) {
    for (const second of modes) {
      const { set, clear } = parseMountOptions([first, second]).attributes;
      assert.ok([0, MOUNT_ATTR_NOATIME, MOUNT_ATTR_STRICTATIME].includes(set & ATIME), `${first},${second}`);
      // The kernel wants the whole mask cleared where a mode is set.
      if ((set & ATIME) !== 0) assert.equal(clear & ATIME, ATIME, `${first},${second}`);
    }
  }
});

test("parseMountOptions() keeps what is the mount's apart from what is the tree's", () => {
  const { attributes: own, recursiveAttributes } = parseMountOptions(["ro", "rrw", "rnosuid"]);
  assert.deepEqual(own, { set: MOUNT_ATTR_RDONLY, clear: 0 });
  assert.deepEqual(recursiveAttributes, { set: MOUNT_ATTR_NOSUID, clear: MOUNT_ATTR_RDONLY });
});

test("parseMountOptions() keeps propagations in their order", () => {
  assert.deepEqual(parseMountOptions(["rslave", "shared"]).propagation, [
    { type: MS_SLAVE, recursive: true },
    { type: MS_SHARED, recursive: false },
  ]);
});

test("parseMountOptions() binds what is below when either option says so, as mount(2)'s flags add up", () => {
  assert.equal(parseMountOptions(["rbind", "bind"]).recursiveBind, true);
  assert.equal(parseMountOptions(["bind", "rbind"]).recursiveBind, true);
});

test("attributeNames() names what is set", () => {
  assert.deepEqual(attributeNames(0), []);
  assert.deepEqual(attributeNames(0xf), ["ro", "nosuid", "nodev", "noexec"]);
  assert.deepEqual(attributeNames(MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODIRATIME), ["noatime", "nodiratime"]);
  assert.deepEqual(attributeNames(MOUNT_ATTR_STRICTATIME), ["strictatime"]);
});

for (const option of [
  "size=64k",
  "mode=755",
  "lowerdir=/a:/b",
  "r",
  "rsync",
  "rbindx",
  "RO",
  "ro=1",
  "user",
  "noauto",
  "toString",
  "constructor",
  "rconstructor",
  "__proto__",
]) {
  test(`parseMountOptions() leaves ${JSON.stringify(option)} to the file system`, () => {
    assert.deepEqual(parseMountOptions([option]), { ...nothing, data: [option] });
  });
}

for (const [option, data] of [
  ["", []],
  [",", []],
  ["size=64k,,mode=755,", ["size=64k", "mode=755"]],
  ['context="u:r:t:s0:c1,c2",size=1', ['context="u:r:t:s0:c1,c2"', "size=1"]],
  ["lowerdir=/a\\,b:/c,xino=on", ["lowerdir=/a\\,b:/c", "xino=on"]],
  ["ro,x", ["ro", "x"]],
] as const) {
  test(`parseMountOptions() takes ${JSON.stringify(option)} apart for the file system`, () => {
    assert.deepEqual(parseMountOptions([option]), { ...nothing, data });
  });
}

test("propagationOf() takes the names of linux.rootfsPropagation and no other", () => {
  assert.deepEqual(propagationOf("rslave"), { type: MS_SLAVE, recursive: true });
  assert.deepEqual(propagationOf("unbindable"), { type: MS_UNBINDABLE, recursive: false });
  for (const name of ["", "r", "ro", "rrslave", "constructor", "rconstructor", "SHARED"]) {
    assert.equal(propagationOf(name), undefined, name);
  }
});
