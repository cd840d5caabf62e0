import { hasNewNamespace } from "./checks/namespaces.ts";
import type { Config, IdMapping, Mount } from "./types.ts";

/** Mappings of both kinds. A file of `containerID` in its file system belongs to `hostID` for the host. */
export interface IdMaps {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
}

/** How the ids of a mount are mapped. */
export interface MountIdMap {
  /** The mappings, or the path of a user namespace that has them. */
  readonly maps: IdMaps | string;
  /** Whether the mounts below are mapped, too (`ridmap`). */
  readonly recursive: boolean;
  /** JSON pointer to what asks for it. */
  readonly pointer: string;
}

/** The option that asks for a mapping, without or with one of its own (as crun has it). */
interface IdMapOption {
  readonly recursive: boolean;
  readonly value: string | undefined;
  readonly pointer: string;
}

const optionPattern = /^(r?)idmap(?:=(.*))?$/s;
const rangePattern = /^(@?)(\d+)-(\d+)-(\d+)$/;

/** The last `idmap` or `ridmap` among a mount's options. */
export function idMapOption({ options = [] }: Mount, index: number): IdMapOption | undefined {
  const place = options.findLastIndex((option) => option.includes("idmap") && optionPattern.test(option));
  const match = optionPattern.exec(options[place] ?? "");
  if (match === null) return undefined;
  return { recursive: match[1] === "r", value: match[2], pointer: `/mounts/${index}/options/${place}` };
}

/** Whether a mount has mappings of its own; engines send empty lists. */
export function hasOwnMaps({ uidMappings = [], gidMappings = [] }: Mount): boolean {
  return uidMappings.length + gidMappings.length > 0;
}

/**
 * The mapping that a mount asks for (runtime-spec config.md, "Mounts"): its own, that of its option, or else that of the
 * container's user namespace. Undefined where it asks for none, or for one that there is not (checks/id-mapped-mounts.ts).
 */
export function idMapOf(config: Config, mount: Mount, index: number): MountIdMap | undefined {
  const option = idMapOption(mount, index);
  const { recursive = false, pointer = `/mounts/${index}/uidMappings` } = option ?? {};
  if (hasOwnMaps(mount)) {
    const maps = { uids: mount.uidMappings ?? [], gids: mount.gidMappings ?? [] };
    return { maps, recursive, pointer: `/mounts/${index}/uidMappings` };
  }
  if (option === undefined) return undefined;
  const maps = option.value === undefined ? containerMaps(config) : parseIdMaps(option.value, config);
  return maps === undefined ? undefined : { maps, recursive, pointer };
}

function containerMaps({ linux, ...config }: Config): IdMaps | string | undefined {
  if (linux === undefined) return undefined;
  if (hasNewNamespace({ ...config, linux }, "user")) {
    return { uids: linux.uidMappings ?? [], gids: linux.gidMappings ?? [] };
  }
  return linux.namespaces?.find(({ type }) => type === "user")?.path;
}

/**
 * crun's `uids=0-1000-10#10-2000-5;gids=@0-0-10`: ids in the file system, ids on the host, how many; after "@" ids in
 * the container instead of on the host. Undefined where it is not like that, or such an id has no mapping.
 */
export function parseIdMaps(value: string, { linux = {} }: Config): IdMaps | undefined {
  const [, uids, gids] = /^uids=([^;]+);gids=([^;]+)$/.exec(value) ?? [];
  if (uids === undefined || gids === undefined) return undefined;
  const both = {
    uids: parseRanges(uids, linux.uidMappings ?? []),
    gids: parseRanges(gids, linux.gidMappings ?? []),
  };
  return both.uids.includes(undefined) || both.gids.includes(undefined) ? undefined : (both as IdMaps);
}

function parseRanges(text: string, container: readonly IdMapping[]): (IdMapping | undefined)[] {
  return text.split("#").map((range) => {
    const [, relative, ...numbers] = rangePattern.exec(range) ?? [];
    const [containerID, hostID, size] = numbers.map(Number);
    if (containerID === undefined || hostID === undefined || size === undefined) return undefined;
    if (relative === "") return { containerID, hostID, size };
    const outer = container.find(
      (each) => hostID >= each.containerID && hostID + size <= each.containerID + each.size,
    );
    if (outer === undefined) return undefined;
    return { containerID, hostID: outer.hostID + hostID - outer.containerID, size };
  });
}
