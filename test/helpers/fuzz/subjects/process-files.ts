import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { processFromFile } from "../../../../src/container/exec-process.ts";
import { parseConfig } from "../../../../src/oci/load.ts";
import { damagedTexts } from "../damage.ts";
import { faultOf } from "../fault.ts";
import type { JsonObject } from "../json.ts";
import { type Subject, subject } from "../subject.ts";

const full: JsonObject = {
  args: ["/bin/true"],
  cwd: "/",
  env: ["A=b"],
  terminal: false,
  consoleSize: { height: 24, width: 80 },
  user: { uid: 0, gid: 0, umask: 18, additionalGids: [1, 2] },
  capabilities: { bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"] },
  rlimits: [{ type: "RLIMIT_NOFILE", soft: 64, hard: 128 }],
  apparmorProfile: "",
  noNewPrivileges: true,
  oomScoreAdj: 5,
  scheduler: { policy: "SCHED_OTHER", nice: 1 },
  ioPriority: { class: "IOPRIO_CLASS_BE", priority: 4 },
  execCPUAffinity: { initial: "0", final: "0" },
};

/** What `exec --process` reads. @param bundle of the container */
export function processFiles(bundle: string): Subject {
  const config = parseConfig(readFileSync(`${bundle}/config.json`, "utf8"), "config.json", {
    rootless: false,
  });
  const path = `${bundle}/process.json`;
  const texts = fc.oneof(damagedTexts(full), damagedTexts({ args: ["a"], cwd: "/" }));
  return subject(texts, (text) => {
    writeFileSync(path, text);
    return faultOf(
      () => processFromFile(config, path),
      ({ process: { args = [] } }) => (args.length > 0 ? undefined : "takes a process without a program"),
    );
  });
}
