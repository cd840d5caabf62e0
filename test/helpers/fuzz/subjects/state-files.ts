import { mkdirSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { setLogSink } from "../../../../src/base/log.ts";
import { list } from "../../../../src/container/list.ts";
import { parseRecord } from "../../../../src/container/record.ts";
import { state } from "../../../../src/container/state.ts";
import { emptyRecord, recordOf } from "../../container-record.ts";
import { damagedTexts } from "../damage.ts";
import { faultOf, firstFault } from "../fault.ts";
import type { JsonObject } from "../json.ts";
import { type Subject, subject } from "../subject.ts";

const cgroup = {
  mode: "v2",
  paths: { "": "/sys/fs/cgroup/none" },
  systemd: { unit: "a.scope", slice: "-.slice", user: false },
};
const full = {
  ...recordOf(),
  cgroup,
  annotations: { name: "value" },
  resctrl: ["/sys/fs/resctrl/a"],
  mountsBefore: [1, 2],
  noNewKeyring: true,
};

/** state.json: a damaged one is one line that names it, and `list` shows the others. */
export function stateFiles(directory: string): Subject {
  const root = `${directory}/state`;
  for (const id of ["a", "other"]) mkdirSync(`${root}/${id}`, { recursive: true });
  writeFileSync(`${root}/other/state.json`, JSON.stringify({ ...emptyRecord, id: "other" }));
  const options = { root, systemdCgroup: false, rootless: false } as const;
  const path = `${root}/a/state.json`;
  let warnings = "";
  setLogSink((_, message) => {
    warnings += message;
  }, false);
  const texts = fc.oneof(
    damagedTexts({ ...full } as unknown as JsonObject),
    damagedTexts({ ...emptyRecord, cgroup } as unknown as JsonObject),
  );
  return subject(texts, (text) => {
    writeFileSync(path, text);
    warnings = "";
    return (
      firstFault(
        () => parseRecord(text, path),
        () => state(options, "a"),
      ) ??
      faultOf(
        () => list(options),
        (all) => {
          if (!all.some(({ id }) => id === "other")) return "list does not show the other";
          return all.length === 2 || warnings.includes("load container a: ")
            ? undefined
            : "list says nothing";
        },
      )
    );
  });
}
