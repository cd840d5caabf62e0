import assert from "node:assert/strict";
import { test } from "node:test";
import { type StatsPart, statsParts } from "../../../../src/cgroups/stats.ts";
import { readStats } from "../../../../src/cgroups/v2/stats.ts";
import { directory, reader } from "../../../helpers/stat-files.ts";

const UNLIMITED = 18446744073709551615n;

function stats(part: StatsPart, texts: Readonly<Record<string, string>>, sizes: readonly string[] = []) {
  return readStats(directory, part === "memory" ? [part, "swap"] : [part], reader(texts), sizes);
}

test("readStats() turns microseconds of CPU time into nanoseconds", () => {
  // As Linux 7.2 writes it.
  const text = `usage_usec 1080000
user_usec 1038260
system_usec 41739
nice_usec 0
nr_periods 104
nr_throttled 3
throttled_usec 250
nr_bursts 2
burst_usec 17
`;
  assert.deepEqual(stats("cpu", { "cpu.stat": text }).cpu, {
    total: 1080000000n,
    kernel: 41739000n,
    user: 1038260000n,
    perCpu: [],
    perCpuKernel: [],
    perCpuUser: [],
    periods: 104n,
    throttledPeriods: 3n,
    throttledTime: 250000n,
    burstPeriods: 2n,
    burstTime: 17000n,
    pressure: undefined,
  });
});

test("readStats() reads the pressure of each resource", () => {
  const text =
    "some avg10=1.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=0\n";
  assert.equal(stats("cpu", { "cpu.pressure": text }).cpu.pressure?.some.avg10, 1.5);
  assert.equal(stats("memory", { "memory.pressure": text }).memory.pressure?.full.avg10, 0.5);
  assert.equal(stats("io", { "io.pressure": text }).io.pressure?.some.total, 1n);
});

const memory = {
  "memory.stat": "anon 106496\nfile 4096\nkernel 143360\n",
  "memory.current": "2048\n",
  "memory.peak": "4096\n",
  "memory.max": "8192\n",
  "memory.swap.current": "1000\n",
  "memory.swap.max": "500\n",
  "memory.swap.peak": "1200\n",
};

test("readStats() adds memory and swap, as v1 counts", () => {
  const { cache, usage, swap, swapOnly, raw } = stats("memory", memory).memory;
  assert.equal(cache, 4096n);
  assert.deepEqual(usage, { usage: 2048n, max: 4096n, failures: 0n, limit: 8192n });
  assert.deepEqual(swapOnly, { usage: 1000n, max: 1200n, failures: 0n, limit: 500n });
  assert.deepEqual(swap, { usage: 3048n, max: 0n, failures: 0n, limit: 8692n });
  assert.deepEqual(raw, { anon: 106496n, file: 4096n, kernel: 143360n });
});

test("readStats() takes memory and swap for unlimited where either is", () => {
  assert.equal(stats("memory", { ...memory, "memory.swap.max": "max\n" }).memory.swap.limit, UNLIMITED);
  assert.equal(stats("memory", { ...memory, "memory.max": "max\n" }).memory.swap.limit, UNLIMITED);
});

test("readStats() does without swap accounting and without peaks", () => {
  const { usage, swap, swapOnly } = stats("memory", {
    "memory.current": "2048\n",
    "memory.max": "max\n",
  }).memory;
  assert.deepEqual(usage, { usage: 2048n, max: 0n, failures: 0n, limit: UNLIMITED });
  assert.deepEqual(swapOnly, { usage: 0n, max: 0n, failures: 0n, limit: 0n });
  assert.equal(swap.usage, 2048n);
});

test("readStats() puts the root cgroup together from memory.stat and /proc/meminfo", () => {
  const { usage, swap } = stats("memory", {
    "memory.stat": "anon 794624\nfile 32768000\n",
    "/proc/meminfo": "MemTotal:  1000 kB\nSwapTotal:        1000 kB\nSwapFree:          400 kB\n",
  }).memory;
  assert.deepEqual(usage, { usage: 33562624n, max: 0n, failures: 0n, limit: UNLIMITED });
  assert.deepEqual(swap, { usage: 33562624n + 600n * 1024n, max: 0n, failures: 0n, limit: UNLIMITED });
});

test("readStats() counts processes, of a limit of none 0", () => {
  assert.deepEqual(stats("pids", { "pids.current": "3\n", "pids.max": "50\n" }).pids, {
    current: 3n,
    limit: 50n,
  });
  assert.deepEqual(stats("pids", { "pids.current": "3\n", "pids.max": "max\n" }).pids, {
    current: 3n,
    limit: 0n,
  });
});

test("readStats() counts lines where there is no pids controller", () => {
  assert.equal(stats("pids", { "cgroup.procs": "7\n8\n" }).pids.current, 2n);
  assert.equal(stats("pids", { "cgroup.threads": "7\n8\n9\n" }).pids.current, 3n);
});

test("readStats() gives io.stat in v1's lists", () => {
  // The example of cgroup-v2.rst, and a device that iocost knows.
  const text = `8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0
8:0 rbytes=90430464 wbytes=299008000 rios=8950 wios=1252 dbytes=50331648 dios=3021 cost.usage=3
loop rbytes=1
`;
  const { io } = stats("io", { "io.stat": text });
  const entry = (minor: bigint, op: string, value: bigint) => ({ major: 8n, minor, op, value });
  assert.deepEqual(io.serviceBytes, [
    entry(16n, "Read", 1459200n),
    entry(16n, "Write", 314773504n),
    entry(0n, "Read", 90430464n),
    entry(0n, "Write", 299008000n),
  ]);
  assert.deepEqual(
    io.serviced.map(({ value }) => value),
    [192n, 353n, 8950n, 1252n],
  );
  assert.deepEqual([io.queued, io.merged, io.sectors], [[], [], []]);
});

test("readStats() counts huge pages that are reserved, and the failures of their size", () => {
  const texts = { "hugetlb.2MB.rsvd.current": "128\n", "hugetlb.2MB.events": "max 7\n" };
  assert.deepEqual(stats("hugetlb", texts, ["2MB"]).hugetlb, {
    "2MB": { usage: 128n, max: 0n, failures: 7n },
  });
});

test("readStats() joins use and events of the misc controller", () => {
  const texts = { "misc.current": "res_b 0\nres_a 3\n", "misc.events": "res_a.max 2\nres_b.max 0\n" };
  const { misc } = stats("misc", texts);
  assert.deepEqual(misc, { res_a: { usage: 3n, events: 2n }, res_b: { usage: 0n, events: 0n } });
  assert.deepEqual(Object.keys(misc), ["res_a", "res_b"]);
});

test("readStats() of a container without a cgroup counts nothing", () => {
  const none = readStats(undefined, statsParts, () => assert.fail("a file was read"), ["2MB"]);
  assert.equal(none.cpu.total + none.memory.usage.usage + none.pids.current, 0n);
  assert.deepEqual(none.hugetlb, {});
});
