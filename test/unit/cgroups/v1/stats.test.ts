import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatFiles } from "../../../../src/cgroups/common/stat-files.ts";
import { statsParts } from "../../../../src/cgroups/stats.ts";
import { cpuOf, cpusetOf } from "../../../../src/cgroups/v1/cpu-stats.ts";
import { ioOf } from "../../../../src/cgroups/v1/io-stats.ts";
import { memoryOf } from "../../../../src/cgroups/v1/memory-stats.ts";
import { readStats } from "../../../../src/cgroups/v1/stats.ts";
import { directory, filesOf, reader } from "../../../helpers/stat-files.ts";

test("cpuOf() reads the quota's enforcement and the usage of cpuacct", () => {
  const cpu = filesOf({
    "cpu.stat":
      "nr_periods 2000\nnr_throttled 200\nthrottled_time 18446744073709551615\nnr_bursts 5\nburst_time 42\nwait_sum 7\n",
  });
  const cpuacct = filesOf({
    "cpuacct.usage": "8444252\n",
    "cpuacct.usage_percpu": "775185 7669067 \n",
    "cpuacct.usage_all":
      "cpu user system\n0 962250696038415 637727786389114\n1 981956408513304 638197595421064\n",
    "cpuacct.stat": "user 452278264\nsystem 291429664\n",
  });
  assert.deepEqual(cpuOf(cpu, cpuacct), {
    total: 8444252n,
    kernel: 2914296640000000n,
    user: 4522782640000000n,
    perCpu: [775185n, 7669067n],
    perCpuKernel: [637727786389114n, 638197595421064n],
    perCpuUser: [962250696038415n, 981956408513304n],
    periods: 2000n,
    throttledPeriods: 200n,
    throttledTime: 18446744073709551615n,
    burstPeriods: 5n,
    burstTime: 42n,
    pressure: undefined,
  });
});

test("cpusetOf() reads every flag; a level may be negative", () => {
  const files = filesOf({
    "cpuset.cpus": "0-2,7\n",
    "cpuset.mems": "0\n",
    "cpuset.cpu_exclusive": "1\n",
    "cpuset.sched_load_balance": "1\n",
    "cpuset.memory_pressure": "34\n",
    "cpuset.sched_relax_domain_level": "-1\n",
  });
  const stats = cpusetOf(files);
  assert.deepEqual([stats.cpus, stats.mems], [[0, 1, 2, 7], [0]]);
  assert.deepEqual([stats.cpuExclusive, stats.memExclusive, stats.schedLoadBalance], [1n, 0n, 1n]);
  assert.deepEqual([stats.memoryPressure, stats.schedRelaxDomainLevel], [34n, -1n]);
});

const memoryOfAll = (files: StatFiles) => memoryOf(files, files);

/** The four files of an account. */
const account = (prefix: string, [usage, max, failures, limit]: readonly number[]) => ({
  [`${prefix}.usage_in_bytes`]: `${usage}\n`,
  [`${prefix}.max_usage_in_bytes`]: `${max}\n`,
  [`${prefix}.failcnt`]: `${failures}\n`,
  [`${prefix}.limit_in_bytes`]: `${limit}\n`,
});

test("memoryOf() reads each account and memory.stat", () => {
  const stats = memoryOfAll(
    filesOf({
      "memory.stat": "rss 1024\ncache 512\nhierarchical_memory_limit 9223372036854771712\n",
      ...account("memory", [2048, 4096, 100, 8192]),
      ...account("memory.memsw", [3048, 5096, 7, 9192]),
      ...account("memory.kmem", [1, 2, 3, 4]),
    }),
  );
  assert.deepEqual(stats.raw, { cache: 512n, hierarchical_memory_limit: 9223372036854771712n, rss: 1024n });
  assert.deepEqual(Object.keys(stats.raw), ["cache", "hierarchical_memory_limit", "rss"]);
  assert.equal(stats.cache, 512n);
  assert.deepEqual(stats.usage, { usage: 2048n, max: 4096n, failures: 100n, limit: 8192n });
  assert.deepEqual(stats.swap, { usage: 3048n, max: 5096n, failures: 7n, limit: 9192n });
  assert.deepEqual(stats.swapOnly, { usage: 1000n, max: 0n, failures: 7n, limit: 1000n });
  assert.deepEqual(stats.kernel, { usage: 1n, max: 2n, failures: 3n, limit: 4n });
  assert.deepEqual(stats.kernelTcp, { usage: 0n, max: 0n, failures: 0n, limit: 0n });
});

const read = { major: 8n, minor: 0n, op: "Read", value: 124n };
const bytes = "8:0 Read 1282048\n8:0 Total 1282048\nTotal 1282048\n";

test("ioOf() leaves out the line of all devices, not that of all operations", () => {
  const stats = ioOf(
    filesOf({
      "blkio.throttle.io_serviced": "8:0 Read 124\n8:0 Total 124\nTotal 124\n",
      "blkio.throttle.io_service_bytes": bytes,
    }),
  );
  assert.deepEqual(stats.serviced, [read, { ...read, op: "Total" }]);
  assert.deepEqual(
    stats.serviceBytes.map(({ value }) => value),
    [1282048n, 1282048n],
  );
  assert.deepEqual([stats.queued, stats.sectors, stats.pressure], [[], [], undefined]);
});

test("ioOf() takes what the scheduler bfq counts before what is throttled", () => {
  const stats = ioOf(
    filesOf({
      "blkio.bfq.io_serviced_recursive": "8:0 Read 124\nTotal 124\n",
      "blkio.bfq.io_service_bytes_recursive": bytes,
      "blkio.throttle.io_serviced_recursive": "8:0 Read 999\nTotal 999\n",
    }),
  );
  assert.deepEqual(stats.serviced, [read]);
});

test("ioOf() goes on to the throttled where bfq has counted nothing", () => {
  const stats = ioOf(
    filesOf({
      "blkio.bfq.io_serviced_recursive": "Total 0\n",
      "blkio.throttle.io_serviced_recursive": "8:0 Read 124\nTotal 124\n",
      "blkio.throttle.io_serviced": "8:0 Read 1\nTotal 1\n",
    }),
  );
  assert.deepEqual(stats.serviced, [read]);
});

test("ioOf() reads everything of a kernel that debugs bfq", () => {
  const stats = ioOf(
    filesOf({
      "blkio.bfq.sectors_recursive": "8:0 6792\n",
      "blkio.bfq.io_queued_recursive": "8:0 Read 2\nTotal 2\n",
      "blkio.bfq.io_serviced_recursive": "8:0 Read 124\nTotal 124\n",
    }),
  );
  assert.deepEqual(stats.sectors, [{ major: 8n, minor: 0n, op: "", value: 6792n }]);
  assert.deepEqual(stats.queued, [{ ...read, value: 2n }]);
  assert.deepEqual(stats.serviced, [read]);
});

test("ioOf() refuses a line that is not the kernel's", () => {
  const file = "blkio.throttle.io_serviced";
  assert.throws(() => ioOf(filesOf({ [file]: "8:0 Read\n" })), /unexpected "8:0 Read" in .*io_serviced/);
});

test("readStats() of a host without controllers counts nothing", () => {
  const stats = readStats(new Map(), statsParts, () => assert.fail("a file was read"), []);
  assert.equal(stats.cpu.total + stats.memory.usage.usage + stats.pids.current, 0n);
});

test("readStats() takes no limit of processes for 0, as runc does", () => {
  const texts = reader({ "pids.current": "4\n", "pids.max": "max\n" });
  assert.deepEqual(readStats(new Map([["pids", directory]]), ["pids"], texts, []).pids, {
    current: 4n,
    limit: 0n,
  });
});

test("readStats() reads the parts that are asked for alone", () => {
  const paths = new Map(["cpu", "cpuacct", "memory", "pids"].map((name) => [name, `/${name}`]));
  const seen: string[] = [];
  readStats(paths, ["pids"], (path) => void seen.push(path), []);
  assert.deepEqual(seen.sort(), ["/pids/pids.current", "/pids/pids.max"]);
});

test("readStats() reads no other account of memory where swap is not asked for", () => {
  const seen: string[] = [];
  readStats(new Map([["memory", "/m"]]), ["memory"], (path) => void seen.push(path), []);
  assert.deepEqual(
    seen.filter((path) => /memsw|kmem/.test(path)),
    [],
  );
});
