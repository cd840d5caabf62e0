import assert from "node:assert/strict";
import { test } from "node:test";
import { usageOf } from "../../../src/cli/usage.ts";
import { v1Stats, v2Stats } from "../../helpers/container-stats.ts";

const GIB = 1024n ** 3n;
const sample = (at: number, nanoseconds: number, startTime = 1) => ({
  id: "c",
  startTime,
  at,
  stats: v1Stats({ "cpuacct.usage": String(nanoseconds) }),
});
const cpuPercent = (before: ReturnType<typeof sample> | undefined, after: ReturnType<typeof sample>) =>
  usageOf(after, before, GIB).cpuPercent;

test("usageOf() takes a second of CPU time in two seconds for 50 %", () => {
  assert.equal(cpuPercent(sample(1000, 5e9), sample(3000, 6e9)), 50);
});

test("usageOf() goes above 100 % where there are several CPUs", () => {
  assert.equal(cpuPercent(sample(0, 0), sample(1000, 3e9)), 300);
});

test("usageOf() knows nothing of CPU time at first, or of another container of the same id", () => {
  assert.equal(cpuPercent(undefined, sample(1000, 5e9)), undefined);
  assert.equal(cpuPercent(sample(0, 0, 1), sample(1000, 1e9, 2)), undefined);
  assert.equal(cpuPercent(sample(0, 5e9), sample(1000, 1e9)), undefined);
});

test("usageOf() leaves the inactive page cache out, on v1 that of the whole tree", () => {
  const memory = (stats: ReturnType<typeof v1Stats>) =>
    usageOf({ ...sample(0, 0), stats }, undefined, GIB).memory;
  const v1 = { "memory.usage_in_bytes": "1000", "memory.stat": "inactive_file 1\ntotal_inactive_file 400\n" };
  assert.equal(memory(v1Stats(v1)), 600n);
  assert.equal(memory(v2Stats({ "memory.current": "1000", "memory.stat": "inactive_file 400\n" })), 600n);
  assert.equal(memory(v2Stats({ "memory.current": "100", "memory.stat": "inactive_file 400\n" })), 100n);
});

test("usageOf() takes the machine's memory for the limit where there is none", () => {
  const limit = (stats: ReturnType<typeof v1Stats>) =>
    usageOf({ ...sample(0, 0), stats }, undefined, GIB).memoryLimit;
  assert.equal(limit(v1Stats({ "memory.limit_in_bytes": "4096" })), 4096n);
  assert.equal(limit(v1Stats({ "memory.limit_in_bytes": "9223372036854771712" })), GIB);
  assert.equal(limit(v2Stats({ "memory.current": "0", "memory.max": "max" })), GIB);
  assert.equal(limit(v1Stats({})), GIB);
});

test("usageOf() adds up the devices' reads and writes, not their totals", () => {
  const text = "8:0 Read 1\n8:0 Write 2\n8:0 Total 3\n8:16 Read 10\nTotal 13\n";
  const stats = v1Stats({ "blkio.throttle.io_serviced": text, "blkio.throttle.io_service_bytes": text });
  const { read, written } = usageOf({ ...sample(0, 0), stats }, undefined, GIB);
  assert.deepEqual([read, written], [11n, 2n]);
});

test("usageOf() says what some process waited for, where the kernel does", () => {
  const line = "some avg10=1.50 avg60=0.00 avg300=0.00 total=1\n";
  const stats = v2Stats({ "cpu.pressure": line, "io.pressure": line });
  assert.deepEqual(usageOf({ ...sample(0, 0), stats }, undefined, GIB).waiting, {
    cpu: 1.5,
    memory: 0,
    io: 1.5,
  });
  assert.equal(usageOf(sample(0, 0), undefined, GIB).waiting, undefined);
});
