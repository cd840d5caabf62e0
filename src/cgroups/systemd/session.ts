import { Systemd } from "./systemd.ts";

/**
 * Whether the systemd that root of a user namespace has at hand is an ordinary user's: then that is asked for units, as the
 * host's would refuse. A machine in a user namespace (LXC) has a systemd of its own (as runc decides).
 */
export function hasUsersSystemd(): boolean {
  // RootlessKit says who its parent is, even where /proc hides the user's processes.
  const parent = process.env["ROOTLESSKIT_PARENT_EUID"];
  if (parent) return parent !== "0";
  try {
    using systemd = Systemd.connect(true);
    return (systemd.owner() ?? 0) !== 0;
  } catch {
    return false;
  }
}
