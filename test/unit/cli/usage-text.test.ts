import assert from "node:assert/strict";
import { test } from "node:test";
import type { Usage } from "../../../src/cli/usage.ts";
import { humanBytes, usageJson, usageTable } from "../../../src/cli/usage-text.ts";

const sizes: readonly [bytes: bigint, text: string][] = [
  [0n, "0B"],
  [999n, "999B"],
  [1000n, "0.98KiB"],
  [1024n, "1.00KiB"],
  [10235n, "10.0KiB"],
  [102400n, "100KiB"],
  [67108864n, "64.0MiB"],
  [1048575n, "1.00MiB"],
  [3n * 1024n ** 6n, "3.00EiB"],
];
for (const [bytes, text] of sizes) {
  test(`humanBytes() of ${bytes} is ${text}`, () => {
    assert.equal(humanBytes(bytes), text);
  });
}

const usage: Usage = {
  id: "web",
  cpuPercent: 12.345,
  memory: 32n * 1024n ** 2n,
  memoryLimit: 64n * 1024n ** 2n,
  pids: 4n,
  pidsLimit: 0n,
  read: 4096n,
  written: 0n,
  waiting: undefined,
};

test("usageTable() has a line a container", () => {
  const rows = usageTable([usage, { ...usage, id: "db", cpuPercent: undefined, pidsLimit: 50n }]).split("\n");
  const cells = rows.map((row) => row.split(/ {2,}/));
  assert.deepEqual(cells, [
    ["ID", "CPU %", "MEMORY / LIMIT", "MEMORY %", "PIDS / LIMIT", "READ / WRITTEN"],
    ["web", "12.35", "32.0MiB / 64.0MiB", "50.00", "4 / max", "4.00KiB / 0B"],
    ["db", "--", "32.0MiB / 64.0MiB", "50.00", "4 / 50", "4.00KiB / 0B"],
    [""],
  ]);
});

test("usageTable() tells of waiting where any container's kernel does", () => {
  const waiting = { cpu: 1.5, memory: 0, io: 20 };
  const rows = usageTable([{ ...usage, waiting }, usage]).split("\n");
  assert.match(rows[0] ?? "", /WAITING % CPU \/ MEMORY \/ IO$/);
  assert.match(rows[1] ?? "", /1\.5 \/ 0\.0 \/ 20\.0$/);
  assert.match(rows[2] ?? "", /--$/);
});

test("usageJson() is an object a line", () => {
  const time = "2026-11-21T12:00:00.000Z";
  const [first, second] = usageJson([usage, { ...usage, cpuPercent: undefined, pidsLimit: 50n }], time).split(
    "\n",
  );
  assert.deepEqual(JSON.parse(first ?? ""), {
    time,
    id: "web",
    cpu: { percent: 12.35 },
    memory: { usage: 33554432, limit: 67108864, percent: 50 },
    pids: { current: 4 },
    io: { read: 4096, written: 0 },
  });
  assert.deepEqual(JSON.parse(second ?? "").cpu, { percent: null });
  assert.deepEqual(JSON.parse(second ?? "").pids, { current: 4, limit: 50 });
});
