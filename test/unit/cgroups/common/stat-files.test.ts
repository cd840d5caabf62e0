import assert from "node:assert/strict";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readIfKept, StatFiles, sorted } from "../../../../src/cgroups/common/stat-files.ts";
import { filesOf } from "../../../helpers/stat-files.ts";

test("count() reads one number", () => {
  const files = filesOf({ "pids.current": "12\n" });
  assert.equal(files.count("pids.current"), 12n);
});

test("count() takes max for the highest number", () => {
  assert.equal(filesOf({ "memory.max": "max\n" }).count("memory.max"), 18446744073709551615n);
});

test("count() loses no digit of what is above 2^53", () => {
  assert.equal(filesOf({ "cpuacct.usage": "9007199254740993\n" }).count("cpuacct.usage"), 9007199254740993n);
});

test("count() takes what kernels let fall below zero for zero", () => {
  assert.equal(filesOf({ x: "-4096\n" }).count("x"), 0n);
});

test("count() is zero where there is no file, maybeCount() says so", () => {
  assert.equal(filesOf({}).count("x"), 0n);
  assert.equal(filesOf({}).maybeCount("x"), undefined);
});

test("count() names the file of what is no number", () => {
  const message = 'unexpected "many" in /cgroup/pids.current';
  assert.throws(() => filesOf({ "pids.current": "many\n" }).count("pids.current"), { message });
});

test("nothing is read without a directory", () => {
  const files = new StatFiles(undefined, () => assert.fail("a file was read"));
  assert.deepEqual([files.count("x"), files.keyed("x"), files.lines("x")], [0n, {}, []]);
  assert.equal(files.pressure("x"), undefined);
});

test("keyed() reads a flat keyed file", () => {
  const files = filesOf({ "memory.events": "low 0\nhigh 3\nmax 36\noom 1\noom_kill 1\n" });
  assert.deepEqual(files.keyed("memory.events"), { low: 0n, high: 3n, max: 36n, oom: 1n, oom_kill: 1n });
});

for (const line of ["rss", "rss rss", "rss 1 2"]) {
  test(`keyed() refuses the line ${JSON.stringify(line)}`, () => {
    assert.throws(() => filesOf({ x: `cache 1\n${line}\n` }).keyed("x"), /unexpected ".+" in \/cgroup\/x/);
  });
}

test("numbers() reads what has spaces between", () => {
  assert.deepEqual(filesOf({ x: "775185 7669067 \n" }).numbers("x"), [775185n, 7669067n]);
});

test("list() reads CPUs and ranges of them", () => {
  assert.deepEqual(filesOf({ x: "0-2,4,7-8\n" }).list("x"), [0, 1, 2, 4, 7, 8]);
});

test("list() of a cpuset that nobody has set is empty", () => {
  assert.deepEqual(filesOf({ x: "\n" }).list("x"), []);
});

test("list() refuses what is no list", () => {
  assert.throws(() => filesOf({ x: "0-a\n" }).list("x"), /unexpected "0-a"/);
});

const share = (avg10: number, avg60: number, avg300: number, total: bigint) => ({
  avg10,
  avg60,
  avg300,
  total,
});

test("pressure() reads both lines of psi.rst", () => {
  const text = `some avg10=1.71 avg60=2.36 avg300=2.57 total=230548833
full avg10=1.00 avg60=1.01 avg300=1.00 total=157622356
`;
  assert.deepEqual(filesOf({ "io.pressure": text }).pressure("io.pressure"), {
    some: share(1.71, 2.36, 2.57, 230548833n),
    full: share(1, 1.01, 1, 157622356n),
  });
});

test("pressure() of a CPU had no line `full` before Linux 5.13", () => {
  const files = filesOf({ "cpu.pressure": "some avg10=0.00 avg60=0.00 avg300=0.12 total=7\n" });
  assert.deepEqual(files.pressure("cpu.pressure"), { some: share(0, 0, 0.12, 7n), full: share(0, 0, 0, 0n) });
});

test("pressure() is undefined without PSI", () => {
  assert.equal(filesOf({}).pressure("cpu.pressure"), undefined);
});

test("pressure() refuses a line without its figures", () => {
  assert.throws(() => filesOf({ x: "some avg10=0.00\n" }).pressure("x"), /unexpected/);
});

test("readIfKept() reads a file, and nothing where there is none", () => {
  const empty = mkdtempSync(join(tmpdir(), "tsrun-stat-"));
  try {
    assert.match(readIfKept("/proc/self/stat") ?? "", /^\d+ /);
    assert.equal(readIfKept(`${empty}/x`), undefined);
    assert.equal(readIfKept("/proc/self/stat/x"), undefined);
    assert.throws(() => readIfKept(empty), /is a directory/);
  } finally {
    rmdirSync(empty);
  }
});

test("sorted() orders keys as Go does", () => {
  assert.deepEqual(Object.keys(sorted({ b: 1, a: 1, B: 1, a_b: 1 })), ["B", "a", "a_b", "b"]);
});

test("StatFiles.list() refuses a range that no kernel has", () => {
  for (const range of ["0-99999999999", `0-${"9".repeat(400)}`, `${"9".repeat(400)}`]) {
    assert.throws(() => filesOf({ "cpuset.cpus": range }).list("cpuset.cpus"), /unexpected "/);
  }
});
