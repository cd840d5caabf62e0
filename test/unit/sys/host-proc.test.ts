import assert from "node:assert/strict";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fstat, O_RDONLY } from "../../../src/sys/files.ts";
import {
  descriptorTarget,
  isInProc,
  isProcHandle,
  listProc,
  namespaceInode,
  openNamespace,
  openRootOf,
  readParameter,
  readProc,
  reopenDescriptor,
  writeProc,
} from "../../../src/sys/host-proc.ts";
import { local } from "../../../src/sys/local.ts";
import { withDirectory } from "../../helpers/directory.ts";
import { runScript } from "../../helpers/script.ts";
import { skipUnless } from "../../helpers/skip.ts";

// So that node:fs is not what reads.
fstat(local, 0);

test("readProc() reads files of processes, and says which cannot be read", () => {
  assert.match(readProc("self/stat"), new RegExp(`^${process.pid} `));
  assert.match(readProc(`${process.pid}/cgroup`), /:/);
  assert.throws(() => readProc("self/none"), /open \/proc\/self\/none: no such file/);
});

test("writeProc() writes what the kernel takes", (t) => {
  if (!skipUnless(t, process.getuid?.() === 0, "root")) return;
  const before = readFileSync("/proc/self/oom_score_adj", "utf8").trim();
  writeProc("self/oom_score_adj", before);
  assert.throws(
    () => writeProc("self/oom_score_adj", "x"),
    /write \/proc\/self\/oom_score_adj: invalid argument/,
  );
});

test("readParameter() reads kernel parameters that there are", () => {
  assert.equal(readParameter("kernel/ostype"), "Linux");
  assert.equal(readParameter("kernel/no_such_thing"), undefined);
});

test("isInProc() and listProc() tell what there is", () => {
  assert.equal(isInProc("version"), true);
  assert.equal(isInProc("no-such-thing"), false);
  const names = listProc("").map(({ name }) => name);
  assert.ok(names.includes(String(process.pid)) && names.includes("sys"));
  assert.ok(listProc("self/fd").some(({ name }) => name === "0"));
});

test("namespaceInode() and openNamespace() mean a process's namespaces, and no path's", () => {
  const [inode] = /\d+/.exec(readlinkSync("/proc/self/ns/net")) ?? [];
  assert.equal(namespaceInode("self", "net"), BigInt(inode ?? 0));
  assert.equal(namespaceInode("thread-self", "net"), BigInt(inode ?? 0));
  assert.equal(namespaceInode(2 ** 22 + 1, "net"), undefined);
  using namespace = openNamespace(process.pid, "net");
  assert.equal(fstat(local, namespace.number).ino, BigInt(inode ?? 0));
});

test("openRootOf() opens a process's root", () => {
  using root = openRootOf(process.pid);
  assert.equal(descriptorTarget(root.number), readlinkSync("/proc/self/root"));
  assert.throws(() => openRootOf(2 ** 22 + 1), /open \/proc\/4194305\/root: no such file/);
});

test("reopenDescriptor() and descriptorTarget() follow a descriptor to its file", () => {
  withDirectory((directory) => {
    const path = join(directory, "file");
    writeFileSync(path, "text");
    const fd = openSync(path, "r");
    using again = reopenDescriptor(fd, O_RDONLY);
    assert.notEqual(again.number, fd);
    assert.equal(descriptorTarget(again.number), path);
    closeSync(fd);
    assert.throws(() => descriptorTarget(fd), { code: "EBADF" });
  });
});

test("isProcHandle() knows the one descriptor that is held, close-on-exec", () => {
  const held = readdirSync("/proc/self/fd").map(Number).filter(isProcHandle);
  assert.equal(held.length, 1);
  assert.equal(readlinkSync(`/proc/self/fd/${held[0]}`), "/proc");
  assert.match(readFileSync(`/proc/self/fdinfo/${held[0]}`, "utf8"), /^flags:\s+012/m);
});

/** What a script prints, which has a mount namespace of its own. */
function inMountNamespace(script: string): string {
  const { stdout, stderr, status } = runScript(
    `import { spawnSync } from "node:child_process";
     import { readFileSync, writeFileSync } from "node:fs";
     import * as proc from "./src/sys/host-proc.ts";
     import { loadNative } from "./src/sys/koffi.ts";
     loadNative();
     const mount = (...args: string[]) => {
       const { status, stderr } = spawnSync("mount", args, { encoding: "utf8" });
       if (status !== 0) throw new Error(stderr);
     };
     const told = (action: () => unknown): unknown => {
       try { return action(); } catch (error) { return (error as Error).message; }
     };
     ${script}`,
    { through: ["unshare", "--mount", "--propagation", "private"] },
  );
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Scripts with what they print; `F` is a file of ours. */
const attacks: Readonly<Record<string, readonly [script: string, printed: RegExp]>> = {
  "a file over one that is written (CVE-2025-52881)": [
    `mount("--bind", "F", \`/proc/\${process.pid}/oom_score_adj\`);
     console.log(told(() => proc.writeProc("self/oom_score_adj", "5")), readFileSync("F", "utf8"));`,
    /invalid cross-device link untouched/,
  ],
  "another file of procfs over one that is written (CVE-2025-52881)": [
    `mount("--bind", "/proc/self/comm", \`/proc/\${process.pid}/oom_score_adj\`);
     console.log(told(() => proc.writeProc("self/oom_score_adj", "5")));`,
    /invalid cross-device link/,
  ],
  "a tmpfs over a process's directory": [
    `mount("-t", "tmpfs", "tmpfs", \`/proc/\${process.pid}/ns\`);
     console.log(told(() => proc.openNamespace("self", "net")), proc.namespaceInode("self", "net"));`,
    /invalid cross-device link undefined/,
  ],
  "a tmpfs over /proc (CVE-2019-16884)": [
    `mount("-t", "tmpfs", "tmpfs", "/proc"); console.log(told(() => proc.readProc("version")));`,
    /\/proc is not the root of a proc file system/,
  ],
  "a file over a kernel parameter": [
    `mount("--bind", "F", "/proc/sys/kernel/ostype"); console.log(proc.readParameter("kernel/ostype"));`,
    /^undefined$/m,
  ],
};

for (const [what, [script, printed]] of Object.entries(attacks)) {
  test(`nothing is taken for the kernel's that is ${what}`, (t) => {
    if (!skipUnless(t, process.getuid?.() === 0, "root")) return;
    withDirectory((directory) => {
      const file = join(directory, "file");
      writeFileSync(file, "untouched");
      assert.match(inMountNamespace(script.replaceAll('"F"', JSON.stringify(file))), printed);
    });
  });
}

test("readParameter() and isInProc() see what a container around tsrun has covered with itself, or with /dev/null", (t) => {
  if (!skipUnless(t, process.getuid?.() === 0, "root")) return;
  const printed = inMountNamespace(`
    mount("--bind", "/proc/sys", "/proc/sys");
    mount("--bind", "/dev/null", "/proc/keys");
    console.log(proc.readParameter("kernel/ostype"), proc.isInProc("keys"));`);
  assert.match(printed, /Linux true/);
});
