import {
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_STRICTATIME,
  MS_PRIVATE,
  MS_SHARED,
  MS_SLAVE,
  MS_UNBINDABLE,
} from "../sys/mount.ts";

/** Attributes of a mount (mount_setattr(2)) that options set or clear; later options win. */
export interface Attributes {
  set: number;
  clear: number;
}

/** One change of propagation (mount_namespaces(7)). */
export interface Propagation {
  readonly type: number;
  readonly recursive: boolean;
}

/** A mount's options, sorted by what carries them out. */
export interface MountOptions {
  readonly attributes: Attributes;
  /** Attributes of the whole tree (`rro`, `rnosuid`, …). */
  readonly recursiveAttributes: Attributes;
  readonly propagation: readonly Propagation[];
  /** Flags of the superblock without a value (fsconfig(2) FSCONFIG_SET_FLAG): `ro`, `sync`, … */
  readonly superblock: readonly string[];
  readonly bind: boolean;
  readonly recursiveBind: boolean;
  readonly remount: boolean;
  /** Whether what the target holds is copied onto the new tmpfs. */
  readonly copyUp: boolean;
  /** What is left: the file system's own options. */
  readonly data: readonly string[];
}

type Attribute = readonly [set: number, clear: number];
const atime = MOUNT_ATTR__ATIME;

/** Options that are attributes of a mount: what each sets and clears. With the prefix `r`: of the whole tree. */
export const attributeOptions: Readonly<Record<string, Attribute>> = {
  ro: [MOUNT_ATTR_RDONLY, 0],
  rw: [0, MOUNT_ATTR_RDONLY],
  nosuid: [MOUNT_ATTR_NOSUID, 0],
  suid: [0, MOUNT_ATTR_NOSUID],
  nodev: [MOUNT_ATTR_NODEV, 0],
  dev: [0, MOUNT_ATTR_NODEV],
  noexec: [MOUNT_ATTR_NOEXEC, 0],
  exec: [0, MOUNT_ATTR_NOEXEC],
  noatime: [MOUNT_ATTR_NOATIME, atime],
  atime: [0, atime],
  relatime: [0, atime],
  // Takes back an explicit relatime, which is the kernel's default (mount(2)): what is left is what was there.
  norelatime: [0, 0],
  strictatime: [MOUNT_ATTR_STRICTATIME, atime],
  nostrictatime: [0, atime],
  nodiratime: [MOUNT_ATTR_NODIRATIME, 0],
  diratime: [0, MOUNT_ATTR_NODIRATIME],
  nosymfollow: [MOUNT_ATTR_NOSYMFOLLOW, 0],
  symfollow: [0, MOUNT_ATTR_NOSYMFOLLOW],
};

const propagationTypes: Readonly<Record<string, number>> = {
  private: MS_PRIVATE,
  shared: MS_SHARED,
  slave: MS_SLAVE,
  unbindable: MS_UNBINDABLE,
};

/** Options of the superblock, with what fsconfig(2) calls them; undefined: accepted, the kernel's default. */
const superblockOptions: Readonly<Record<string, string | undefined>> = {
  sync: "sync",
  async: "async",
  dirsync: "dirsync",
  mand: "mand",
  nomand: "nomand",
  lazytime: "lazytime",
  nolazytime: "nolazytime",
  iversion: "iversion",
  noiversion: "noiversion",
  silent: "silent",
  loud: undefined,
  defaults: undefined,
};

/** Every option by name that tsrun carries out itself, sorted (the `mountOptions` of `features`). */
export const mountOptionNames: readonly string[] = [
  ...Object.keys(attributeOptions),
  ...Object.keys(attributeOptions).map((name) => `r${name}`),
  ...Object.keys(propagationTypes),
  ...Object.keys(propagationTypes).map((name) => `r${name}`),
  ...Object.keys(superblockOptions),
  "bind",
  "rbind",
  "remount",
  "tmpcopyup",
].sort();

/** Sorts a mount's options (mount(8), runtime-spec config.md "Mounts"). */
export function parseMountOptions(options: readonly string[]): MountOptions {
  const result = {
    attributes: { set: 0, clear: 0 },
    recursiveAttributes: { set: 0, clear: 0 },
    propagation: [] as Propagation[],
    superblock: [] as string[],
    bind: false,
    recursiveBind: false,
    remount: false,
    copyUp: false,
    data: [] as string[],
  };
  for (const option of options) {
    const plain = option.startsWith("r") ? option.slice(1) : "";
    const propagation = propagationOf(option);
    const own = (table: object, key: string): boolean => Object.hasOwn(table, key);
    if (own(attributeOptions, option)) change(result.attributes, attributeOptions[option]);
    else if (own(attributeOptions, plain)) change(result.recursiveAttributes, attributeOptions[plain]);
    else if (propagation !== undefined) result.propagation.push(propagation);
    else if (own(superblockOptions, option)) {
      const flag = superblockOptions[option];
      if (flag !== undefined) result.superblock.push(flag);
    } else if (option === "bind" || option === "rbind") {
      result.bind = true;
      result.recursiveBind = option === "rbind";
    } else if (option === "remount") result.remount = true;
    else if (option === "tmpcopyup") result.copyUp = true;
    else result.data.push(option);
  }
  return result;
}

function change(attributes: Attributes, [set, clear]: Attribute = [0, 0]): void {
  attributes.clear |= clear;
  attributes.set = (attributes.set & ~clear) | set;
  attributes.clear |= set & atime ? atime : 0;
}

/** The propagation that `linux.rootfsPropagation` or an option names; undefined for an unknown name. */
export function propagationOf(name: string): Propagation | undefined {
  const own = (key: string): boolean => Object.hasOwn(propagationTypes, key);
  const recursive = !own(name) && name.startsWith("r");
  const plain = recursive ? name.slice(1) : name;
  const type = own(plain) ? propagationTypes[plain] : undefined;
  return type === undefined ? undefined : { type, recursive };
}
