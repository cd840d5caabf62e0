import { TsrunError } from "../../../../src/base/errors.ts";
import { cloneTree, moveMount } from "../../../../src/sys/detached-mount.ts";
import type { Executor } from "../../../../src/sys/executor.ts";
import type { Fd } from "../../../../src/sys/fd.ts";
import { fchown, O_CREAT, O_NOCTTY, O_RDONLY, O_RDWR } from "../../../../src/sys/files.ts";
import { IN_ROOT, openInRoot } from "../../../../src/sys/in-root.ts";
import { ptyNumber, unlockPty } from "../../../../src/sys/tty.ts";
import * as original from "../../../../src/terminal/open.ts";
import { isOut } from "../is-out.ts";
import { openat2 } from "../sys/files.ts";

export * from "../../../../src/terminal/open.ts";

function openDevice(k: Executor, root: number, path: string): Fd {
  const found = openInRoot(k, root, path, O_RDWR | O_NOCTTY);
  if (found === undefined) throw new TsrunError(`${path} is missing`);
  return found;
}

/** The terminal by its name, as ptsname(3) gives it. */
export const openTerminal: typeof original.openTerminal = (k, options) => {
  if (!isOut("terminal")) return original.openTerminal(k, options);
  const ptmx = openDevice(k, options.root, "/dev/pts/ptmx");
  unlockPty(k, ptmx.number);
  const name = `/dev/pts/${ptyNumber(k, ptmx.number)}`;
  const peer = openDevice(k, options.root, name);
  fchown(k, peer.number, options.uid, -1);
  return { ptmx, peer, name };
};

/** The file is made where it is missing, behind a link as well. */
export const mountConsole: typeof original.mountConsole = (k, root, peer) => {
  if (!isOut("terminal")) return original.mountConsole(k, root, peer);
  const how = { flags: O_RDONLY | O_CREAT | O_NOCTTY, mode: 0o620, resolve: IN_ROOT };
  using target = openat2(k, root, "dev/console", how);
  using source = cloneTree(k, peer, false);
  moveMount(k, source.number, target.number);
};
