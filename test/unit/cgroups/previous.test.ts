import assert from "node:assert/strict";
import { test } from "node:test";
import { linesToPutBack } from "../../../src/cgroups/previous.ts";

/** A file, what is written to it, what it said before (as the kernel shows it), and what puts that back. */
const cases: readonly (readonly [file: string, value: string, before: string, lines: readonly string[]])[] = [
  ["memory.limit_in_bytes", "1048576", "9223372036854771712", ["9223372036854771712"]],
  ["memory.max", "1048576", "max", ["max"]],
  ["cpu.max", "50000 100000", "max 100000", ["max 100000"]],
  ["cpuset.cpus", "0", "0-1", ["0-1"]],
  ["cpuset.cpus", "0", "", ["\n"]],
  ["cpuset.cpus.partition", "member", "root invalid (Parent is not a partition root)", ["root"]],
  ["memory.oom_control", "1", "oom_kill_disable 0\nunder_oom 0\noom_kill 3", ["0"]],
  ["cpu.weight", "100", "79", ["79"]],
  ["cpu.weight", "100", "0", []],
  [
    "io.max",
    "8:16 rbps=1",
    "8:0 rbps=2 wbps=max riops=max wiops=max\n8:16 rbps=max wbps=5 riops=max wiops=max",
    ["8:16 rbps=max wbps=5 riops=max wiops=max"],
  ],
  ["io.max", "8:16 rbps=1", "", ["8:16 rbps=max wbps=max riops=max wiops=max"]],
  ["io.weight", "200", "default 100\n8:0 50", ["default 100"]],
  ["io.weight", "8:0 70", "default 100\n8:0 50", ["8:0 50"]],
  ["io.weight", "8:0 70", "default 100", ["8:0 default"]],
  ["io.bfq.weight", "default 70", "default 100", ["default 100"]],
  ["blkio.bfq.weight_device", "8:0 70", "default 100", ["8:0 default"]],
  ["blkio.throttle.read_bps_device", "8:0 70", "8:0 60\n8:1 50", ["8:0 60"]],
  ["blkio.throttle.read_bps_device", "8:0 70", "8:01 60", ["8:0 0"]],
  ["net_prio.ifpriomap", "eth0 5", "lo 0\neth0 3", ["eth0 3"]],
  [
    "rdma.max",
    "mlx4_0 hca_handle=2 hca_object=max",
    "mlx4_0 hca_handle=3 hca_object=2000\nocrdma1 hca_handle=max hca_object=max",
    ["mlx4_0 hca_handle=3 hca_object=2000"],
  ],
  ["misc.max", "res_a 4", "res_a max\nres_b 5", ["res_a max"]],
];

for (const [file, value, before, lines] of cases) {
  test(`linesToPutBack() of ${file}, written ${value}, is ${JSON.stringify(lines)} after ${JSON.stringify(before)}`, () => {
    assert.deepEqual(linesToPutBack({ controller: "", file, value, pointer: "" }, before), lines);
  });
}
