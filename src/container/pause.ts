import { containerTexts, TsrunError } from "../base/errors.ts";
import { managerFrom } from "../cgroups/select.ts";
import { loadNative } from "../sys/koffi.ts";
import { warnOfMissingRights } from "./cgroup.ts";
import { ContainerDirectory } from "./directory.ts";
import type { RuntimeOptions } from "./options.ts";
import { allowed, statusOf, whileAlive } from "./status.ts";

/**
 * Stops every process of a container that is created or runs, until `resume`. When the kernel does not get them all to
 * stop within its deadline they go on, and the command fails: nothing stays half frozen.
 * @throws TsrunError `container not running`, `container does not exist`
 */
export function pause(options: RuntimeOptions, id: string): void {
  loadNative();
  const directory = ContainerDirectory.of(options, id);
  const record = directory.read();
  warnOfMissingRights("pause", options);
  const status = statusOf(directory, record);
  if (!allowed.pause.some((name) => name === status)) throw new TsrunError(containerTexts.notRunning);
  if (Object.keys(record.cgroup.paths).length === 0) {
    // runc's words.
    throw new TsrunError("cannot toggle freezer: cgroups not configured for container", {
      hint: "it was made by a user who may not make cgroups",
    });
  }
  whileAlive(record, () => managerFrom(record.cgroup).freeze());
}
