import { readFileSync } from "node:fs";
import { geteuid } from "node:process";
import { writeIdMaps } from "../../src/namespaces/id-maps.ts";
import { MS_PRIVATE, MS_REC, mount } from "../../src/sys/mount.ts";
import { cloneFlags } from "../../src/sys/namespaces.ts";
import type { Hand } from "../../src/sys/stub/hand.ts";
import { withDirectory } from "./directory.ts";
import { inHand } from "./in-hand.ts";
import { type MountLine, parseMountLine } from "./mountinfo.ts";

/** A hand in a mount namespace of its own, and a directory that is gone with it. */
export interface MountNamespace {
  readonly hand: Hand;
  readonly directory: string;
  /** Where a path of the hand's is found from here. */
  readonly view: (path: string) => string;
  /** The mounts that the hand sees below its directory, by their place in it. */
  readonly mounts: () => ReadonlyMap<string, MountLine>;
}

/**
 * Runs `action` where it can mount: as root in a new mount namespace, else in a new user namespace, too.
 * @param user a new user namespace for root as well
 */
export function inMountNamespace(action: (namespace: MountNamespace) => void, user = false): void {
  withDirectory((directory) => {
    const isRoot = geteuid?.() === 0 && !user;
    const namespaces = cloneFlags.mount | (isRoot ? 0 : cloneFlags.user);
    inHand((hand) => {
      if (!isRoot) becomeRoot(hand);
      mount(hand, "", "/", "", MS_PRIVATE | MS_REC);
      mount(hand, "tmpfs", directory, "tmpfs", 0);
      hand.flush();
      const view = (path: string): string => `/proc/${hand.pid}/root${directory}${path}`;
      action({ hand, directory, view, mounts: () => mountsBelow(hand.pid, directory) });
    }, namespaces);
  });
}

function becomeRoot(hand: Hand): void {
  const own = (id: number) => [{ containerID: 0, hostID: id, size: 1 }];
  writeIdMaps(hand.pid, own(process.geteuid?.() ?? 0), own(process.getegid?.() ?? 0));
}

function mountsBelow(pid: number, directory: string): ReadonlyMap<string, MountLine> {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, "utf8").trimEnd().split("\n").map(parseMountLine);
  const below = lines.filter(({ point }) => point.startsWith(`${directory}/`));
  return new Map(below.map((line) => [line.point.slice(directory.length), line]));
}
