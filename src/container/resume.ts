import { containerTexts, TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { managerFrom } from "../cgroups/select.ts";
import { loadNative } from "../sys/koffi.ts";
import { warnOfMissingRights } from "./cgroup.ts";
import { ContainerDirectory } from "./directory.ts";
import type { RuntimeOptions } from "./options.ts";
import { allowed, statusOf, whileAlive } from "./status.ts";

/** Lets the processes of a paused container go on. @throws TsrunError `container not paused`, `container does not exist` */
export function resume(options: RuntimeOptions, id: string): void {
  loadNative();
  const directory = ContainerDirectory.of(options, id);
  const record = directory.read();
  warnOfMissingRights("resume", options);
  const status = statusOf(directory, record);
  if (!allowed.resume.some((name) => name === status)) throw new TsrunError(containerTexts.notPaused);
  const manager = managerFrom(record.cgroup);
  whileAlive(record, () => manager.thaw());
  if (manager.isFrozen()) log.warn(`container ${id} stays paused: a cgroup above its own is frozen, too`);
}
