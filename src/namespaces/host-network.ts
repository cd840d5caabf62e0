import { TsrunError } from "../base/errors.ts";
import { pointerToken } from "../oci/fault.ts";
import { sysctlParts } from "../oci/sysctl-name.ts";
import type { Config } from "../oci/types.ts";
import { hostInode } from "../sys/host-paths.ts";
import { namespaceInode } from "../sys/host-proc.ts";

/**
 * Refuses kernel parameters of the network where the namespace that is joined is the runtime's own: engines write a
 * container in the host's network so, too, and the host's parameters are not the container's to set (runc's validator).
 * @throws TsrunError
 */
export function refuseHostNetwork({ linux }: Config): void {
  const path = (linux?.namespaces ?? []).find(({ type }) => type === "network")?.path ?? "";
  if (path === "") return;
  const name = Object.keys(linux?.sysctl ?? {}).find((each) => sysctlParts(each)[0] === "net");
  if (name === undefined || !isOwnNetwork(path)) return;
  throw new TsrunError(`setting sysctl ${name} would change the host, whose network namespace is ${path}`, {
    pointer: `/linux/sysctl/${pointerToken(name)}`,
  });
}

/** A path that is no namespace is the concern of whoever joins it. */
function isOwnNetwork(path: string): boolean {
  return hostInode(path) === namespaceInode("self", "net");
}
