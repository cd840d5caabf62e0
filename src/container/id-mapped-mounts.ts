import { release } from "node:os";
import { fileSystemOf } from "../init/mount-point.ts";
import { mapText, writeIdMaps } from "../namespaces/id-maps.ts";
import { hasNamespace } from "../oci/checks/namespaces.ts";
import { type IdMaps, idMapOf, type MountIdMap } from "../oci/id-mapped-mounts.ts";
import type { Config, Mount } from "../oci/types.ts";
import { bindSource } from "../rootfs/bind-mount.ts";
import { MountError } from "../rootfs/mount-error.ts";
import { parseMountOptions, propagationOf } from "../rootfs/mount-options.ts";
import type { Fd } from "../sys/fd.ts";
import { AT_SYMLINK_NOFOLLOW } from "../sys/files.ts";
import { cloneHostTree, openHostNamespace } from "../sys/host-paths.ts";
import { openNamespace } from "../sys/host-proc.ts";
import { tryIdMap } from "../sys/id-mapped-mount.ts";
import { local } from "../sys/local.ts";
import { MS_PRIVATE, MS_SHARED, MS_SLAVE } from "../sys/mount.ts";
import { cloneFlags } from "../sys/namespaces.ts";
import { hasCall, newMounts } from "../sys/new-mounts.ts";
import { Hand } from "../sys/stub/hand.ts";
import { HandMemory } from "../sys/stub/hand-memory.ts";
import { failedCall, SyscallError } from "../sys/syscall-error.ts";
import { LockedMounts, letOpen } from "./locked-mounts.ts";
import { isOutOfReach } from "./reach.ts";

const EPERM = 1;
const EINVAL = 22;
const ENOSYS = 38;
/** A hand that only has a user namespace needs hardly any memory. */
const SCRATCH = 1 << 12;

/**
 * The bind mounts of a container that take the host's root, which init in a user namespace of its own is not: those with
 * mapped ids, and those whose source only the host's root can reach. They are made before anything else of the container.
 * Init inherits them, each at no place yet, and puts them in theirs; nobody ever sees one without its mapping.
 */
export class IdMappedMounts implements Disposable {
  /** Descriptors by the entries of config.json. */
  readonly byEntry = new Map<object, number>();
  readonly #trees: Fd[] = [];
  /** One user namespace for each mapping, by its text. */
  readonly #namespaces = new Map<string, Fd>();
  /** Where the sources are bound from, once there is one, in a container with a user namespace beside ours. */
  #locked: LockedMounts | undefined;

  /** @throws MountError; then nothing is left */
  static make(config: Config, bundle: string): IdMappedMounts {
    const made = new IdMappedMounts();
    try {
      for (const [index, mount] of (config.mounts ?? []).entries()) {
        const map = idMapOf(config, mount, index);
        if (map !== undefined) made.#add(config, mount, bundle, map);
        else if (needsRuntime(config, mount, bundle)) made.#bind(config, mount, bundle);
      }
      return made;
    } catch (error) {
      made[Symbol.dispose]();
      throw error;
    } finally {
      for (const namespace of made.#namespaces.values()) namespace[Symbol.dispose]();
      made.#locked?.[Symbol.dispose]();
    }
  }

  #add(config: Config, mount: Mount, bundle: string, map: MountIdMap): void {
    if (!hasCall("mount_setattr")) throw missing(mount, map);
    try {
      const tree = this.#cloneSource(config, mount, bundle);
      this.#trees.push(tree);
      const result = tryIdMap(local, tree.number, this.#namespaceOf(map).number, map.recursive);
      if (result < 0) throw refusal(mount, bundle, map, -result);
      this.byEntry.set(mount, tree.number);
    } catch (error) {
      if (error instanceof MountError) throw error;
      throw new MountError(mount, map.pointer, failedCall(error) ?? error);
    }
  }

  #bind(config: Config, mount: Mount, bundle: string): void {
    const tree = this.#cloneSource(config, mount, bundle);
    this.#trees.push(tree);
    this.byEntry.set(mount, tree.number);
  }

  /** The source as a mount at no place, which gets and gives as much of the host's mounts as init's own do (init/root.ts). */
  #cloneSource(config: Config, mount: Mount, bundle: string): Fd {
    const options = parseMountOptions(mount.options ?? []);
    const recursive = options.recursiveBind || !options.bind;
    const nofollow = options.sourceNoFollow ? AT_SYMLINK_NOFOLLOW : 0;
    const source = bindSource(bundle, mount);
    if (hasNamespace(config, "user")) this.#locked ??= new LockedMounts();
    const tree =
      this.#locked?.cloneTree(source, recursive, nofollow) ??
      cloneHostTree(local, source, recursive, nofollow);
    const propagation = propagationOf(config.linux?.rootfsPropagation ?? "")?.type;
    if (propagation !== MS_SHARED) {
      const type = propagation === MS_PRIVATE ? MS_PRIVATE : MS_SLAVE;
      newMounts.mountSetattr(local, tree.number, { set: 0, clear: 0, propagation: type }, true);
    }
    return tree;
  }

  #namespaceOf({ maps, pointer }: MountIdMap): Fd {
    const key = typeof maps === "string" ? maps : `${mapText(maps.uids)}/${mapText(maps.gids)}`;
    const known = this.#namespaces.get(key);
    if (known !== undefined) return known;
    const made = typeof maps === "string" ? openHostNamespace(local, maps) : newNamespace(maps, pointer);
    this.#namespaces.set(key, made);
    return made;
  }

  [Symbol.dispose](): void {
    for (const tree of this.#trees) tree[Symbol.dispose]();
  }
}

/** Whether init cannot reach the source of a bind mount, and the runtime can make the mount for it. */
function needsRuntime({ linux }: Config, mount: Mount, bundle: string): boolean {
  const { bind, remount, copySymlink } = parseMountOptions(mount.options ?? []);
  if ((!bind && mount.type !== "bind") || remount || copySymlink) return false;
  // Without both calls init mounts by mount(2), which takes nothing out of another mount namespace.
  if (!hasCall("open_tree") || !hasCall("mount_setattr")) return false;
  const maps = { uids: linux?.uidMappings ?? [], gids: linux?.gidMappings ?? [] };
  return isOutOfReach(bindSource(bundle, mount), maps);
}

/** The user namespace outlives the process that it was made with by its descriptor, and then by the mount. */
function newNamespace({ uids, gids }: IdMaps, pointer: string): Fd {
  const hand = Hand.clone(new HandMemory(SCRATCH), { namespaces: cloneFlags.user });
  try {
    letOpen(hand);
    writeIdMaps(hand.pid, uids, gids, pointer);
    return openNamespace(hand.pid, "user");
  } finally {
    hand.destroy();
  }
}

function missing(mount: Mount, { pointer }: MountIdMap): MountError {
  const cause = new SyscallError("mount_setattr", ENOSYS, "MOUNT_ATTR_IDMAP");
  const hint = `id-mapped mounts need Linux 5.12; this is ${release()}, or a seccomp filter hides the call`;
  return new MountError(mount, pointer, cause, { hint });
}

function refusal(
  mount: Mount,
  bundle: string,
  { pointer, recursive }: MountIdMap,
  errno: number,
): MountError {
  const cause = new SyscallError("mount_setattr", errno, "MOUNT_ATTR_IDMAP");
  const source = bindSource(bundle, mount);
  const below = recursive ? ", or one that is mounted below it," : "";
  const hints: Readonly<Record<number, string>> = {
    [EINVAL]: `the file system of ${source} (${fileSystemOf(source)})${below} does not support id-mapped mounts on Linux ${release()}`,
    [EPERM]: `${source} is id-mapped already, or its file system belongs to another user namespace than tsrun's`,
  };
  return new MountError(mount, pointer, cause, { hint: hints[errno] });
}
