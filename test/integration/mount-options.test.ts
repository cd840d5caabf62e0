import assert from "node:assert/strict";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { assertOptions, tmpfs } from "../helpers/mounts.ts";

leaveNothing();

/** What each option makes of a tmpfs: options of the mount that must be there, or with "!" must not. */
const optionCases: readonly [options: string[], mount: string[], superblock?: string[]][] = [
  [[], ["rw", "relatime", "!nosuid", "!nodev", "!noexec"]],
  [["ro"], ["ro"]],
  [["rw"], ["rw"]],
  [["ro", "rw"], ["rw"]],
  [["nosuid"], ["nosuid"]],
  [["nosuid", "suid"], ["!nosuid"]],
  [["nodev"], ["nodev"]],
  [["nodev", "dev"], ["!nodev"]],
  [["noexec"], ["noexec"]],
  [["noexec", "exec"], ["!noexec"]],
  [["noatime"], ["noatime", "!relatime"]],
  [["noatime", "atime"], ["!noatime"]],
  [["nodiratime"], ["nodiratime"]],
  [["nodiratime", "diratime"], ["!nodiratime"]],
  [["relatime"], ["relatime"]],
  [
    ["noatime", "norelatime"],
    ["noatime", "!relatime"],
  ],
  [["strictatime"], ["!relatime", "!noatime"]],
  [["strictatime", "nostrictatime"], ["relatime"]],
  [["sync"], ["rw"], ["sync"]],
  [["sync", "async"], ["rw"], ["!sync"]],
  [["dirsync"], ["rw"], ["dirsync"]],
  [["mand"], ["rw"]],
  [["mand", "nomand"], ["rw"]],
  [["lazytime"], ["rw"], ["lazytime"]],
  [["lazytime", "nolazytime"], ["rw"], ["!lazytime"]],
  [["silent"], ["rw"]],
  [["loud"], ["rw"]],
  [["noiversion"], ["rw"]],
  [["lazytime", "nolazytime"], ["rw"], ["!lazytime"]],
  // What none of them shows in mountinfo; fsconfig(2) knows none of them.
  [["iversion"], ["rw"]],
  [["acl"], ["rw"]],
  [["noacl"], ["rw"]],
  [
    ["noiversion", "nosuid"],
    ["rw", "nosuid"],
  ],
  [["silent"], ["rw"]],
  [["silent", "loud"], ["rw"]],
  [
    ["nosuid", "nodev", "noexec", "ro", "noatime"],
    ["nosuid", "nodev", "noexec", "ro", "noatime"],
  ],
  [["size=64k"], ["rw"], ["size=64k"]],
  [["size=64k", "mode=700", "nr_inodes=10"], ["rw"], ["size=64k", "mode=700", "nr_inodes=10"]],
  [["uid=5", "gid=6"], ["rw"], ["uid=5", "gid=6"]],
];

it("each mount option does what mount(8) says", (box) => {
  const seen = box.look(["mounts"], (config) => {
    config.mounts.push(...optionCases.map(([options], number) => tmpfs(`/tmp/case-${number}`, ...options)));
    config.root.readonly = false;
  });
  for (const [number, [options, wanted, superblock = []]] of optionCases.entries()) {
    const mount = seen.mount(`/tmp/case-${number}`);
    assertOptions(wanted, mount.options, options.join(","));
    assertOptions(superblock, mount.superOptions, options.join(","));
  }
});

it("the mount option nosymfollow keeps a path from following a link", (box) => {
  const script =
    "cd /tmp; for at in plain shut open; do ln -s /etc/passwd $at/link; head -c4 $at/link 2>&1; echo; done";
  const output = box.output(["/bin/sh", "-c", script], (config) => {
    config.root.readonly = false;
    config.mounts.push(tmpfs("/tmp/plain"), tmpfs("/tmp/shut", "nosymfollow"));
    config.mounts.push(tmpfs("/tmp/open", "nosymfollow", "symfollow"));
  });
  assert.match(output, /^root\n.*Too many levels of symbolic links\n*root\n$/s);
});

/** What the kernel does with a mount that its options in mountinfo(5) do not prove: each answers for one of them. */
const effects: readonly (readonly [options: string[], script: string, output: string])[] = [
  [["noexec"], "cp /bin/busybox spot/true && spot/true 2>/dev/null || echo refused", "refused\n"],
  [["exec"], "cp /bin/busybox spot/true && spot/true && echo ran", "ran\n"],
  [["nodev"], "mknod spot/null c 1 3 && echo 2>/dev/null >spot/null || echo refused", "refused\n"],
  [["dev"], "mknod spot/null c 1 3 && echo >spot/null && echo wrote", "wrote\n"],
  [["ro"], "touch spot/new 2>/dev/null || echo refused", "refused\n"],
  [["size=8k"], "head -c 20000 /dev/zero 2>/dev/null >spot/new; stat -c %s spot/new", "8192\n"],
];

for (const [options, script, output] of effects) {
  it(`the mount option ${options} holds for what is done there`, (box) => {
    const seen = box.output(["/bin/sh", "-c", `cd /tmp; ${script}`], (config) => {
      config.root.readonly = false;
      const capabilities = ["CAP_MKNOD", "CAP_DAC_OVERRIDE"];
      config.process.capabilities = {
        bounding: capabilities,
        effective: capabilities,
        permitted: capabilities,
      };
      config.mounts.push(tmpfs("/tmp/spot", ...options));
    });
    assert.equal(seen, output);
  });
}

it("a relative destination starts at the root, with a warning", (box) => {
  const { status, stdout, stderr } = box.run((config) => {
    config.process.args = ["/bin/stat", "-f", "-c", "%T", "/made/here"];
    config.root.readonly = false;
    config.mounts.push(tmpfs("made/here"));
  });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, "tmpfs\n");
  assert.match(stderr, /level=warning.*made\/here/);
});

it("proc takes its own options", (box) => {
  const seen = box.look(["mounts"], (config) => {
    const proc = config.mounts.find(({ type }) => type === "proc");
    if (proc !== undefined) proc.options = ["nosuid", "noexec", "nodev", "hidepid=2"];
  });
  assertOptions(["nosuid", "noexec", "nodev"], seen.mount("/proc").options, "proc");
  assert.match(seen.mount("/proc").superOptions.join(), /hidepid=(2|invisible)/);
});

it("a file system takes several options in one, and none in an empty one", (box) => {
  const seen = box.look(["mounts"], (config) => {
    config.mounts.push(tmpfs("/tmp", "", "size=64k,mode=700", ""));
  });
  assert.match(seen.mount("/tmp").superOptions.join(), /size=64k,mode=700/);
});

it("the mount option defaults changes nothing", (box) => {
  const seen = box.look(["mounts"], (config) => {
    config.mounts.push(tmpfs("/tmp", "defaults"));
  });
  assertOptions(["rw", "relatime", "!nosuid"], seen.mount("/tmp").options, "defaults");
});
