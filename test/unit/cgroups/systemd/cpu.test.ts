import assert from "node:assert/strict";
import { test } from "node:test";
import { toProperties, withRoundedQuota } from "../../../../src/cgroups/systemd/cpu.ts";
import type { Resources } from "../../../../src/oci/types.ts";
import { INFINITY, testProperties, v1Host, v2Host } from "../../../helpers/unit-properties.ts";

testProperties(toProperties, [
  ["converts shares to a weight", { cpu: { shares: 1024 } }, v2Host, ["CPUWeight:t=100"]],
  ["converts the least shares", { cpu: { shares: 2 } }, v2Host, ["CPUWeight:t=1"]],
  ["leaves shares as they are on v1", { cpu: { shares: 512 } }, v1Host, ["CPUShares:t=512"]],
  ["weighs an idle group 0", { cpu: { idle: 1, shares: 1024 } }, v2Host, ["CPUWeight:t=0"]],
  [
    "gives a group that isn't idle any more the kernel's weight",
    { cpu: { idle: 0 } },
    v2Host,
    [`CPUWeight:t=${INFINITY}`],
  ],
  ["gives it the weight of its shares", { cpu: { idle: 0, shares: 1024 } }, v2Host, ["CPUWeight:t=100"]],
  ["knows that systemd 251 can't idle", { cpu: { idle: 1 } }, { version: 251, cgroups: 2 }, []],
  ["has nothing to take back from systemd 251", { cpu: { idle: 0 } }, { version: 251, cgroups: 2 }, []],
  [
    "relates the quota to a second",
    { cpu: { quota: 500000, period: 1000000 } },
    v2Host,
    ["CPUQuotaPeriodUSec:t=1000000", "CPUQuotaPerSecUSec:t=500000"],
  ],
  [
    "takes the kernel's period where there is none, and rounds up to a percent",
    { cpu: { quota: 123456 } },
    v2Host,
    ["CPUQuotaPerSecUSec:t=1240000"],
  ],
  [
    "rounds up after the division",
    { cpu: { quota: 500000, period: 900000 } },
    v2Host,
    ["CPUQuotaPeriodUSec:t=900000", "CPUQuotaPerSecUSec:t=560000"],
  ],
  ["takes the quota off", { cpu: { quota: -1 } }, v2Host, [`CPUQuotaPerSecUSec:t=${INFINITY}`]],
  [
    "takes a period without a quota",
    { cpu: { period: 50000 } },
    v1Host,
    ["CPUQuotaPeriodUSec:t=50000", `CPUQuotaPerSecUSec:t=${INFINITY}`],
  ],
  [
    "knows that systemd 241 has no period",
    { cpu: { quota: 5000, period: 50000 } },
    { version: 241, cgroups: 2 },
    ["CPUQuotaPerSecUSec:t=100000"],
  ],
  ["counts zeros as not set", { cpu: { shares: 0, quota: 0, period: 0 } }, v2Host, []],
]);

/** The quota that runc writes to the file after systemd was told. */
const rounded: readonly (readonly [Resources["cpu"], number | undefined])[] = [
  [{ quota: 500000, period: 1000000 }, 500000],
  [{ quota: 123456 }, 124000],
  [{ quota: 500000, period: 900000 }, 504000],
  [{ quota: -1, period: 900000 }, -1],
  [{ shares: 5 }, undefined],
];

for (const [cpu = {}, quota] of rounded) {
  test(`withRoundedQuota() makes ${quota} of ${JSON.stringify(cpu)}`, () => {
    const resources = withRoundedQuota({ cpu, pids: { limit: 1 } });
    assert.deepEqual(resources, {
      cpu: quota === undefined ? cpu : { ...cpu, quota },
      pids: { limit: 1 },
    });
  });
}
