import assert from "node:assert/strict";
import { test } from "node:test";
import { eventLine, statsDocument } from "../../../src/cli/events-json.ts";
import { exactJson } from "../../../src/cli/exact-json.ts";
import { v1Stats, v2Stats } from "../../helpers/container-stats.ts";

const data = (cgroup: ReturnType<typeof v1Stats>) => ({ cgroup, resctrl: undefined });
const json = (cgroup: ReturnType<typeof v1Stats>) => exactJson(statsDocument(data(cgroup)));

test("eventLine() of an out-of-memory event has no data", () => {
  assert.equal(eventLine("c1", { type: "oom" }), '{"type":"oom","id":"c1"}\n');
});

/** What runc 1.1 and later print of a cgroup without any file. */
const empty =
  '{"cpu":{"usage":{"kernel":0,"user":0},"throttling":{}},' +
  '"cpuset":{"cpu_exclusive":0,"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,"memory_spread_page":0,' +
  '"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":0,"sched_relax_domain_level":0},' +
  '"memory":{"usage":{"limit":0,"failcnt":0},"swap":{"limit":0,"failcnt":0},"kernel":{"limit":0,"failcnt":0},' +
  '"kernelTCP":{"limit":0,"failcnt":0}},"pids":{},"blkio":{},"hugetlb":{},"intel_rdt":{},"network_interfaces":null}';

test("eventLine() is a line of JSON with type, id and data", () => {
  const line = eventLine("c1", { type: "stats", data: data(v1Stats({})) });
  assert.equal(line, `{"type":"stats","id":"c1","data":${empty}}\n`);
});

test("statsDocument() keeps the zeros that runc keeps, on v1 and v2", () => {
  assert.equal(json(v1Stats({})), empty);
  assert.equal(json(v2Stats({})), empty);
});

test("statsDocument() has runc's names in runc's order", () => {
  const text = json(
    v1Stats(
      {
        "cpu.stat": "nr_periods 1\nnr_throttled 2\nthrottled_time 3\n",
        "cpuacct.usage": "18446744073709551615\n",
        "cpuacct.usage_percpu": "4 0 \n",
        "cpuacct.usage_all": "cpu user system\n0 5 6\n",
        "cpuset.cpus": "0-1\n",
        "cpuset.mems": "0\n",
        "memory.stat": "rss 7\ncache 8\n",
        "memory.usage_in_bytes": "9\n",
        "memory.max_usage_in_bytes": "10\n",
        "pids.current": "11\n",
        "pids.max": "12\n",
        "blkio.throttle.io_service_bytes": "8:0 Read 13\nTotal 13\n",
        "blkio.throttle.io_serviced": "8:0 Read 0\nTotal 0\n",
        "hugetlb.2MB.usage_in_bytes": "14\n",
        "hugetlb.2MB.max_usage_in_bytes": "15\n",
      },
      undefined,
      ["2MB"],
    ),
  );
  const parts = [
    '{"cpu":{"usage":{"total":18446744073709551615,"percpu":[4,0],"percpu_kernel":[6],"percpu_user":[5],"kernel":0,"user":0},',
    '"throttling":{"periods":1,"throttledPeriods":2,"throttledTime":3}},"cpuset":{"cpus":[0,1],"cpu_exclusive":0,"mems":[0],',
    '"memory":{"cache":8,"usage":{"limit":0,"usage":9,"max":10,"failcnt":0},',
    '"raw":{"cache":8,"rss":7}},"pids":{"current":11,"limit":12},',
    '"blkio":{"ioServiceBytesRecursive":[{"major":8,"op":"Read","value":13}],"ioServicedRecursive":[{"major":8,"op":"Read"}]},',
    '"hugetlb":{"2MB":{"usage":14,"max":15,"failcnt":0}},"intel_rdt":{},"network_interfaces":null}',
  ];
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    assert.ok(at >= from, `${part} is not where it should be in ${text}`);
    from = at + part.length;
  }
});

test("statsDocument() has psi where the kernel counts it", () => {
  const pressure =
    "some avg10=1.50 avg60=0.00 avg300=0.25 total=7\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
  const zero = '{"avg10":0,"avg60":0,"avg300":0,"total":0}';
  const text = json(
    v2Stats({ "cpu.pressure": pressure, "memory.pressure": pressure, "io.pressure": pressure }),
  );
  const psi = `"psi":{"some":{"avg10":1.5,"avg60":0,"avg300":0.25,"total":7},"full":${zero}}`;
  assert.equal(text.split(psi).length - 1, 3, text);
  assert.ok(text.includes(`"throttling":{},${psi}}`));
  assert.ok(text.includes(`"blkio":{${psi}}`));
});

test("statsDocument() adds rdma and misc where something uses them", () => {
  const text = json(
    v2Stats({
      "rdma.current": "mlx4_0 hca_handle=1 hca_object=20\n",
      "rdma.max": "mlx4_0 hca_handle=2 hca_object=max\n",
      "misc.current": "sev 3\n",
      "misc.events": "sev.max 1\n",
    }),
  );
  const rdma =
    '"rdma":{"current":[{"device":"mlx4_0","hca_handles":1,"hca_objects":20}],' +
    '"limit":[{"device":"mlx4_0","hca_handles":2,"hca_objects":4294967295}]}';
  assert.ok(text.endsWith(`"network_interfaces":null,${rdma},"misc":{"sev":{"usage":3,"events":1}}}`), text);
});

test("statsDocument() has the figures of Intel RDT in runc's names", () => {
  const resctrl = {
    cache: { info: { mask: "fff", minimumBits: 1n, classes: 16n }, root: "L3:0=fff", group: "L3:0=f" },
    bandwidth: {
      info: { granularity: 10n, linear: 0n, minimum: 10n, classes: 8n },
      root: "MB:0=100",
      group: "MB:0=20",
    },
    countsBandwidth: true,
    countsCache: true,
    domains: [{ totalBytes: 9n, localBytes: 0n, occupancy: 7n }],
  };
  const text = exactJson(statsDocument({ cgroup: v1Stats({}), resctrl }));
  const expected =
    '"intel_rdt":{"l3_cache_info":{"cbm_mask":"fff","min_cbm_bits":1,"num_closids":16},"l3_cache_schema_root":"L3:0=fff",' +
    '"l3_cache_schema":"L3:0=f","mem_bw_info":{"bandwidth_gran":10,"min_bandwidth":10,"num_closids":8},' +
    '"mem_bw_schema_root":"MB:0=100","mem_bw_schema":"MB:0=20","mbm_stats":[{"mbm_total_bytes":9,"mbm_local_bytes":0}],' +
    '"cmt_stats":[{"llc_occupancy":7}]}';
  assert.ok(text.includes(expected), text);
});
