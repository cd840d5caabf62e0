import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { lineOf, readResctrlStats } from "../../../src/resctrl/stats.ts";

/** A directory with these files, as resctrl shows them. */
function tree(t: { after(clean: () => void): void }, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "tsrun-resctrl-"));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

test("lineOf() finds a resource's line, whose name the kernel pads", () => {
  assert.equal(lineOf("    MB:0=100;1=100\n    L3:0=fff;1=fff\n", "L3"), "L3:0=fff;1=fff");
  assert.equal(lineOf("L3CODE:0=f\n", "L3"), "");
});

test("readResctrlStats() reads what a machine controls and counts", (t) => {
  const root = tree(t, {
    schemata: "MB:0=100\nL3:0=fff\n",
    "info/L3/cbm_mask": "fff\n",
    "info/L3/min_cbm_bits": "1\n",
    "info/L3/num_closids": "16\n",
    "info/MB/bandwidth_gran": "10\n",
    "info/MB/delay_linear": "1\n",
    "info/MB/min_bandwidth": "10\n",
    "info/MB/num_closids": "8\n",
    "info/L3_MON/mon_features": "llc_occupancy\nmbm_total_bytes\nmbm_local_bytes\n",
    "gold/schemata": "MB:0=20\nL3:0=f\n",
    "gold/mon_groups/c/mon_data/mon_L3_01/mbm_total_bytes": "Unavailable\n",
    "gold/mon_groups/c/mon_data/mon_L3_00/mbm_total_bytes": "9\n",
    "gold/mon_groups/c/mon_data/mon_L3_00/mbm_local_bytes": "8\n",
    "gold/mon_groups/c/mon_data/mon_L3_00/llc_occupancy": "7\n",
    "gold/mon_groups/c/mon_data/mon_PERF_00/energy": "1\n",
  });
  const place = { root, group: `${root}/gold`, monitoring: `${root}/gold/mon_groups/c` };
  assert.deepEqual(readResctrlStats(place), {
    cache: { info: { mask: "fff", minimumBits: 1n, classes: 16n }, root: "L3:0=fff", group: "L3:0=f" },
    bandwidth: {
      info: { granularity: 10n, linear: 1n, minimum: 10n, classes: 8n },
      root: "MB:0=100",
      group: "MB:0=20",
    },
    countsBandwidth: true,
    countsCache: true,
    domains: [
      { totalBytes: 9n, localBytes: 8n, occupancy: 7n },
      { totalBytes: 0n, localBytes: 0n, occupancy: 0n },
    ],
  });
});

test("readResctrlStats() says what a machine does not have", (t) => {
  const root = tree(t, { schemata: "" });
  assert.deepEqual(readResctrlStats({ root, group: root, monitoring: undefined }), {
    cache: undefined,
    bandwidth: undefined,
    countsBandwidth: false,
    countsCache: false,
    domains: [],
  });
});
