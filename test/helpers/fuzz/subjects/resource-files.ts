import fc from "fast-check";
import { parseResources } from "../../../../src/oci/load-resources.ts";
import { damagedTexts } from "../damage.ts";
import { faultOf } from "../fault.ts";
import type { JsonObject } from "../json.ts";
import { type Subject, subject } from "../subject.ts";

const full: JsonObject = {
  devices: [{ allow: true, type: "c", major: 1, minor: 3, access: "rwm" }],
  memory: { limit: 1_048_576, reservation: 4096, swap: -1, swappiness: 60, checkBeforeUpdate: true },
  cpu: { shares: 1024, quota: 50_000, burst: 0, period: 100_000, cpus: "0-1", mems: "0", idle: 0 },
  pids: { limit: 100 },
  blockIO: { weight: 100, weightDevice: [{ major: 8, minor: 0, weight: 10 }], throttleReadBpsDevice: [] },
  hugepageLimits: [{ pageSize: "2MB", limit: 0 }],
  network: { classID: 1, priorities: [{ name: "eth0", priority: 1 }] },
  rdma: { mlx5_0: { hcaHandles: 1 } },
  unified: { "memory.high": "max" },
};

/** What `update --resources` reads. */
export function resourceFiles(): Subject {
  const texts = fc.oneof(damagedTexts(full), damagedTexts({ pids: { limit: 1 } }));
  return subject(texts, (text) => faultOf(() => parseResources(text, "resources")));
}
