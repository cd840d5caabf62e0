import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { missingFile, whyMissing, whyNowhere } from "../../../../src/cgroups/v2/missing.ts";
import type { CgroupWrite } from "../../../../src/cgroups/write.ts";
import { SyscallError } from "../../../../src/sys/syscall-error.ts";

const root = mkdtempSync(join(tmpdir(), "tsrun-test-"));
after(() => rmSync(root, { recursive: true }));

/** A directory with the files that are looked at, as the kernel would have them. */
function cgroup(path: string, files: Readonly<Record<string, string>>): string {
  const directory = join(root, path);
  mkdirSync(directory, { recursive: true });
  const all = { controllers: "", subtree_control: "", procs: "", ...files };
  for (const [file, text] of Object.entries(all)) writeFileSync(join(directory, `cgroup.${file}`), text);
  return directory;
}

cgroup("", { controllers: "cpu memory pids\n", subtree_control: "cpu memory pids\n" });
const given = cgroup("given", { controllers: "cpu memory pids\n", type: "domain\n" });
const threaded = cgroup("threaded", { controllers: "cpu pids\n", type: "threaded\n" });

const enoent = new SyscallError("open", 2, "x");
const write = (file: string, pointer = "/linux/resources/x"): CgroupWrite => ({
  controller: file.slice(0, file.indexOf(".")),
  file,
  value: "1",
  pointer,
});

test("whyMissing() names the list of the tree that lacks a controller", () => {
  assert.match(
    whyMissing(given, "hugetlb") ?? "",
    /cgroup\.controllers has no hugetlb: this kernel is built/,
  );
});

test("whyMissing() has nothing to say of a controller that is there", () => {
  assert.equal(whyMissing(given, "cpu"), undefined);
});

test("whyNowhere() looks at the tree of a cgroup that could not be made", () => {
  const never = join(given, "not", "made");
  assert.match(whyNowhere(never, "hugetlb") ?? "", new RegExp(`^${root}/cgroup.controllers has no hugetlb`));
  assert.equal(whyNowhere(never, "memory"), undefined);
});

test("whyMissing() says so where somebody else has just turned the controller off", () => {
  const other = cgroup("other", { controllers: "cpu\n", type: "domain\n" });
  const directory = cgroup("other/below", { type: "domain\n" });
  assert.match(whyMissing(directory, "cpu") ?? "", new RegExp(`^${other}/cgroup.subtree_control had no cpu`));
});

test("missingFile() names controller, value, file, reason and place", () => {
  const error = missingFile(given, write("hugetlb.2MB.max", "/linux/resources/hugepageLimits/0"), enoent);
  assert.equal(error.message, `cgroup controller hugetlb: writing "1" to ${given}/hugetlb.2MB.max`);
  assert.equal(error.pointer, "/linux/resources/hugepageLimits/0");
  assert.match(error.hint ?? "", /has no hugetlb/);
});

test("missingFile() tells a file that the kernel lacks from a controller that it lacks", () => {
  const { hint } = missingFile(given, write("cpu.idle"), enoent);
  assert.equal(hint, "the kernel has no cpu.idle in this cgroup: it needs Linux 5.15");
});

test("missingFile() names both files where one stands in for the other", () => {
  const error = missingFile(given, { ...write("cpu.one"), otherwise: write("cpu.other") }, enoent);
  assert.match(error.message, /cpu\.other$/);
  assert.equal(error.hint, "the kernel has neither cpu.one nor cpu.other in this cgroup");
});

test("missingFile() speaks of unified as runc does", () => {
  const text = (file: string) =>
    missingFile(given, write(file, `/linux/resources/unified/${file}`), enoent).message;
  assert.equal(
    text("hugetlb.1GB.max"),
    'unified resource "hugetlb.1GB.max" can\'t be set: controller "hugetlb" not available',
  );
  assert.equal(text("memory.none"), 'unable to set unified resource "memory.none"');
  assert.equal(text("cgroup.none"), 'unable to set unified resource "cgroup.none"');
});

test("missingFile() explains a limit of a whole process in a cgroup for threads, in runc's words", () => {
  const error = missingFile(threaded, write("memory.max"), enoent);
  assert.match(
    error.message,
    /^cannot enter cgroupv2 ".*" with domain controllers -- it is in threaded mode/,
  );
  assert.match(error.hint ?? "", /choose a cgroupsPath elsewhere/);
});
