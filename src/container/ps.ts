import { managerFrom } from "../cgroups/select.ts";
import { ContainerDirectory } from "./directory.ts";
import type { RuntimeOptions } from "./options.ts";

/** Process ids in the container's cgroup, as the host counts them. @throws TsrunError `container does not exist` */
export function processes(options: RuntimeOptions, id: string): number[] {
  const record = ContainerDirectory.of(options, id).read();
  return managerFrom(record.cgroup).pids();
}
