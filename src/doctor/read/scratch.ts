import { isRoot } from "../../base/own-process.ts";
import { seal } from "../../init/seal.ts";
import { mapText } from "../../namespaces/id-maps.ts";
import { inUserNamespace } from "../../namespaces/user-namespace.ts";
import { AT_FDCWD, O_DIRECTORY, O_PATH, openat } from "../../sys/files.ts";
import { openNamespace, writeProc } from "../../sys/host-proc.ts";
import { tryIdMap } from "../../sys/id-mapped-mount.ts";
import { local } from "../../sys/local.ts";
import { MS_PRIVATE, MS_REC } from "../../sys/mount.ts";
import { cloneFlags, type NamespaceType } from "../../sys/namespaces.ts";
import { newMounts, tryMountDetached } from "../../sys/new-mounts.ts";
import { Hand } from "../../sys/stub/hand.ts";
import { HandMemory } from "../../sys/stub/hand-memory.ts";
import { failedCall } from "../../sys/syscall-error.ts";
import { nameOfResult, type Outcome } from "./calls.ts";

const SCRATCH = 1 << 16;
const UNMAPPED = 65_534;

/** What was tried in processes of ours, in namespaces of their own that end with them. */
export interface ScratchFacts {
  /** To make a user namespace. */
  readonly userNamespace: Outcome;
  /** To make each other kind of namespace; for an ordinary user below a user namespace. */
  readonly namespaces: Readonly<Partial<Record<NamespaceType, Outcome>>>;
  /** To change a mount's propagation: whether who has made them has privileges in them. */
  readonly mounts: Outcome;
  /** To make a tmpfs by the new mount interface. */
  readonly newMount: Outcome;
  /** To make a procfs, which wants one in sight that nothing is mounted over, and a sysfs likewise. */
  readonly proc: Outcome;
  readonly sysfs: Outcome;
  /** To cut a process off from the runtime's executable (init/seal.ts). */
  readonly seals: boolean;
  /** To map the ids of a mount; undefined for who has no right to. */
  readonly idMap: Outcome | undefined;
}

const others = Object.keys(cloneFlags).filter((name) => name !== "user") as NamespaceType[];

/** @param mapped a directory of the file system whose mounts would be mapped */
export function readScratch(mapped: string): ScratchFacts {
  const own = isRoot() && !inUserNamespace() ? 0 : cloneFlags.user;
  const tried = others.map((type) => [type, tryClone(own | cloneFlags[type])] as const);
  const facts = {
    userNamespace: tryClone(cloneFlags.user),
    namespaces: Object.fromEntries(tried),
    idMap: own === 0 ? tryToMap(mapped) : undefined,
  };
  const inside = { mounts: "", newMount: "", proc: "", sysfs: "", seals: false };
  const { mount, network, pid } = cloneFlags;
  const outcome = inHand(own | mount | network | pid, (k) => Object.assign(inside, tryInside(k)));
  const failed = { mounts: outcome, newMount: outcome, proc: outcome, sysfs: outcome };
  return { ...facts, ...inside, ...(outcome === "" ? {} : failed) };
}

function tryInside(k: Hand): Partial<ScratchFacts> {
  const mounts = tryMount(k, "", "/", MS_REC | MS_PRIVATE);
  const newMount = nameOfResult(tryMountDetached(k, "tmpfs", {}, 0));
  const inKernel = (type: string, place: string): Outcome => {
    if (newMount === "") return nameOfResult(tryMountDetached(k, type, {}, 0));
    // Only once what is mounted here is seen nowhere else.
    return mounts === "" ? tryMount(k, type, place, 0) : mounts;
  };
  return {
    mounts,
    newMount,
    proc: inKernel("proc", "/proc"),
    sysfs: inKernel("sysfs", "/sys"),
    seals: seal(k),
  };
}

function tryMount(k: Hand, type: string, place: string, flags: number): Outcome {
  const name = k.memory.string(type);
  const args = [name, k.memory.string(place), name, flags, 0];
  return nameOfResult(k.attempt({ name: "mount", args }));
}

function tryClone(namespaces: number): Outcome {
  return inHand(namespaces, () => undefined);
}

/** Carries out an action with a process of ours, and ends that. @returns what became of the clone */
function inHand(namespaces: number, action: (hand: Hand) => void): Outcome {
  let hand: Hand;
  // A time namespace is for children alone: clone(2) has no flag for it (time_namespaces(7)).
  const later = namespaces & cloneFlags.time;
  try {
    hand = Hand.clone(new HandMemory(SCRATCH), { namespaces: namespaces & ~later });
  } catch (error) {
    return failedCall(error)?.code ?? "EIO";
  }
  try {
    if (later !== 0) return nameOfResult(hand.attempt({ name: "unshare", args: [later] }));
    action(hand);
    return "";
  } finally {
    hand.destroy();
  }
}

/** Nothing of the host's changes: the mount is a copy at no place, and goes with its descriptor. */
function tryToMap(path: string): Outcome {
  let outcome: Outcome = "";
  const cloned = inHand(cloneFlags.user, (hand) => {
    try {
      for (const kind of ["uid", "gid"]) {
        writeProc(`${hand.pid}/${kind}_map`, mapText([{ containerID: 0, hostID: UNMAPPED, size: 1 }]));
      }
      using directory = openat(local, AT_FDCWD, path, O_PATH | O_DIRECTORY);
      using tree = newMounts.cloneTree(local, directory.number, "", false);
      using namespace = openNamespace(hand.pid, "user");
      outcome = nameOfResult(tryIdMap(local, tree.number, namespace.number, false));
    } catch (error) {
      outcome = failedCall(error)?.code ?? "EIO";
    }
  });
  return cloned === "" ? outcome : cloned;
}
