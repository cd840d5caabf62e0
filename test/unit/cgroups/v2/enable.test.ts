import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ancestors, enableControllers, isForThreads, typeOf } from "../../../../src/cgroups/v2/enable.ts";

const root = mkdtempSync(join(tmpdir(), "tsrun-test-"));
after(() => rmSync(root, { recursive: true }));

/** A directory with the files that are looked at, as the kernel would have them. */
function cgroup(path: string, controllers: string, enabled: string): string {
  const directory = join(root, path);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "cgroup.controllers"), controllers);
  writeFileSync(join(directory, "cgroup.subtree_control"), enabled);
  return directory;
}

const top = cgroup("top", "cpu memory pids\n", "");
const middle = cgroup("top/middle", "cpu memory\n", "cpu memory\n");
const leaf = cgroup("top/middle/leaf", "", "");
const enabled = (directory: string) => readFileSync(join(directory, "cgroup.subtree_control"), "utf8");

test("ancestors() goes from the root of the tree down", () => {
  assert.deepEqual(ancestors(leaf), [top, middle]);
  assert.deepEqual(ancestors(top), []);
});

test("enableControllers() turns on what is missing in each cgroup above, in one write", () => {
  enableControllers(leaf);
  assert.deepEqual([top, middle, leaf].map(enabled), ["+cpu +memory +pids", "cpu memory\n", ""]);
});

test("typeOf() knows no type of the root", () => {
  assert.equal(typeOf(top), "");
});

test("isForThreads() knows the controllers that cgroup-v2.rst calls threaded", () => {
  const all = ["cpu", "memory", "io", "pids", "cpuset", "hugetlb", "rdma", "misc", "perf_event"];
  assert.deepEqual(all.filter(isForThreads), ["cpu", "pids", "cpuset", "perf_event"]);
});
