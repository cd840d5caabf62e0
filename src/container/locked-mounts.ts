import { Fd } from "../sys/fd.ts";
import { cloneHostTree } from "../sys/host-paths.ts";
import { openNamespace, openRootOf } from "../sys/host-proc.ts";
import { local } from "../sys/local.ts";
import { CLONE_FILES, cloneFlags, setns } from "../sys/namespaces.ts";
import { setDumpable } from "../sys/process.ts";
import { chrootTo } from "../sys/root.ts";
import { Hand } from "../sys/stub/hand.ts";
import { HandMemory } from "../sys/stub/hand-memory.ts";

/** Paths, and little else. */
const SCRATCH = 1 << 14;

/**
 * The runtime's mounts as a container in a user namespace of its own may have them: in a mount namespace that belongs to
 * another user namespace their attributes are locked, and so are those that cover others (mount_namespaces(7)). What is
 * bound from there stays so; bound from the runtime's own, a mount that the host has made read-only could be made writable
 * by the container's root. A process in there has the rights of the host's root, and shares our descriptors.
 */
export class LockedMounts implements Disposable {
  readonly #k: Hand;

  /** @throws SyscallError */
  constructor() {
    const owner = Hand.clone(new HandMemory(SCRATCH), { namespaces: cloneFlags.user | cloneFlags.mount });
    try {
      letOpen(owner);
      using namespace = openNamespace(owner.pid, "mnt");
      // The runtime's root may be another directory than that of its mounts (chroot(2)).
      using root = openRootOf(owner.pid);
      this.#k = enter(namespace.number, root.number);
    } finally {
      owner.destroy();
    }
  }

  /** A bind mount that is at no place yet, as a descriptor of ours (open_tree(2)). @throws SyscallError */
  cloneTree(path: string, recursive: boolean, nofollow: number): Fd {
    const tree = cloneHostTree(this.#k, path, recursive, nofollow);
    return new Fd(local, this.#k.numberOf(tree.number));
  }

  [Symbol.dispose](): void {
    this.#k.destroy();
  }
}

/** Lets a runtime without CAP_SYS_PTRACE open the namespaces of a hand that is alone in them. */
export function letOpen(hand: Hand): void {
  setDumpable(hand, true);
  hand.flush();
}

function enter(namespace: number, root: number): Hand {
  const hand = Hand.clone(new HandMemory(SCRATCH), { namespaces: CLONE_FILES });
  try {
    setns(hand, namespace, cloneFlags.mount, "the mounts of a new user namespace");
    chrootTo(hand, root);
    hand.flush();
    return hand;
  } catch (error) {
    hand.destroy();
    throw error;
  }
}
