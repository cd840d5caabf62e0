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

/** What an option asks for beside attributes, propagation and flags of the superblock: there or not. */
export interface MountSwitches {
  readonly bind: boolean;
  /** The mounts below the source are bound, too. */
  readonly recursiveBind: boolean;
  readonly remount: boolean;
  /** What the target holds is copied onto the new tmpfs. */
  readonly copyUp: boolean;
  /** A symbolic link as source is made anew at the destination, not followed. */
  readonly copySymlink: boolean;
  /** A symbolic link as source is bound itself. */
  readonly sourceNoFollow: boolean;
  /** A symbolic link at the destination is mounted on itself. */
  readonly destinationNoFollow: boolean;
}

/** A mount's options, sorted by what carries them out. */
export interface MountOptions extends MountSwitches {
  readonly attributes: Attributes;
  /** Attributes of the whole tree (`rro`, `rnosuid`, …). */
  readonly recursiveAttributes: Attributes;
  readonly propagation: readonly Propagation[];
  /** Flags of the superblock without a value (fsconfig(2) FSCONFIG_SET_FLAG): `ro`, `sync`, … */
  readonly superblock: readonly string[];
  /** What is left: the file system's own options. */
  readonly data: readonly string[];
}

/** What one option does. */
type Effect =
  | { readonly attribute: Attribute; readonly recursive: boolean }
  | { readonly propagation: Propagation }
  | { readonly superblock: string }
  | { readonly switches: readonly (keyof MountSwitches)[] };

type Attribute = readonly [set: number, clear: number];
const atime = MOUNT_ATTR__ATIME;

/** Options that are attributes of a mount: what each sets and clears. With the prefix `r`: of the whole tree. */
const attributes: Readonly<Record<string, Attribute>> = {
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

/** Options of the superblock, which fsconfig(2) calls the same. */
const superblockOptions = [
  "acl",
  "async",
  "dirsync",
  "iversion",
  "lazytime",
  "mand",
  "noacl",
  "noiversion",
  "nolazytime",
  "nomand",
  "silent",
  "sync",
];

const switches: Readonly<Record<string, readonly (keyof MountSwitches)[]>> = {
  bind: ["bind"],
  rbind: ["bind", "recursiveBind"],
  remount: ["remount"],
  tmpcopyup: ["copyUp"],
  "copy-symlink": ["copySymlink"],
  "src-nofollow": ["sourceNoFollow"],
  "dest-nofollow": ["destinationNoFollow"],
  // Carried out before there is a container (container/id-mapped-mounts.ts).
  idmap: [],
  ridmap: [],
  // The kernel's defaults.
  defaults: [],
  loud: [],
};

/** Every option that tsrun carries out itself, with its effect. */
const table: ReadonlyMap<string, Effect> = new Map<string, Effect>([
  ...entriesOf(attributes, (attribute) => ({ attribute, recursive: false })),
  ...entriesOf(attributes, (attribute) => ({ attribute, recursive: true }), "r"),
  ...entriesOf(propagationTypes, (type) => ({ propagation: { type, recursive: false } })),
  ...entriesOf(propagationTypes, (type) => ({ propagation: { type, recursive: true } }), "r"),
  ...superblockOptions.map((superblock): [string, Effect] => [superblock, { superblock }]),
  ...entriesOf(switches, (names) => ({ switches: names })),
]);

function entriesOf<T>(
  options: Readonly<Record<string, T>>,
  effectOf: (value: T) => Effect,
  prefix = "",
): [string, Effect][] {
  return Object.entries(options).map(([name, value]) => [`${prefix}${name}`, effectOf(value)]);
}

/** The names of all of them, sorted (the `mountOptions` of `features`). */
export const mountOptionNames: readonly string[] = [...table.keys()].sort();

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
    copySymlink: false,
    sourceNoFollow: false,
    destinationNoFollow: false,
    data: [] as string[],
  };
  for (const option of options) {
    const effect = table.get(option.replace(/^(r?idmap)=.*/s, "$1"));
    if (effect === undefined) result.data.push(...piecesOf(option));
    else if ("attribute" in effect)
      change(effect.recursive ? result.recursiveAttributes : result.attributes, effect.attribute);
    else if ("propagation" in effect) result.propagation.push(effect.propagation);
    else if ("superblock" in effect) result.superblock.push(effect.superblock);
    else for (const name of effect.switches) result[name] = true;
  }
  return result;
}

/**
 * A file system's own options as mount(2) takes them apart: at commas, but for those in quotes (SELinux's categories) and
 * behind a backslash (overlay's paths), and without empty ones, which Podman 5 has (`--systemd=always`).
 */
function piecesOf(option: string): readonly string[] {
  return option.match(/(?:\\.|"[^"]*"|[^,])+/gs) ?? [];
}

function change(result: Attributes, [set, clear]: Attribute): void {
  result.clear |= clear;
  result.set = (result.set & ~clear) | set;
  result.clear |= set & atime ? atime : 0;
}

/** Whether an option is about the mounts of a whole tree (`rro`, `rnosuid`, …; mount_setattr(2), Linux 5.12). */
export function isRecursiveAttribute(option: string): boolean {
  const effect = table.get(option);
  return effect !== undefined && "attribute" in effect && effect.recursive;
}

/** The names of attributes that are set: `nosuid`, … */
export function attributeNames(set: number): string[] {
  const names = Object.entries(attributes).filter(([, [bits]]) => {
    return bits !== 0 && ((bits & atime) === 0 ? (set & bits) !== 0 : (set & atime) === bits);
  });
  return names.map(([name]) => name);
}

/** The propagation that `linux.rootfsPropagation` or an option names; undefined for an unknown name. */
export function propagationOf(name: string): Propagation | undefined {
  const effect = table.get(name);
  return effect !== undefined && "propagation" in effect ? effect.propagation : undefined;
}
