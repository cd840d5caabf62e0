import { ContainerDirectory } from "./directory.ts";
import { membersOf } from "./members.ts";
import type { RuntimeOptions } from "./options.ts";

/** Ids of the container's processes, as the host counts them. @throws TsrunError `container does not exist` */
export function processes(options: RuntimeOptions, id: string): number[] {
  return membersOf(ContainerDirectory.of(options, id).read());
}
