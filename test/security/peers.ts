// What Debian bookworm's runtimes do under the attacks of this folder: measured, and held by the same tests where these very
// versions are installed.
import { spawnSync } from "node:child_process";

export type PeerName = "runc" | "crun";

/** Where Debian has them. */
export const peerPaths: Readonly<Record<PeerName, string>> = {
  runc: "/usr/sbin/runc",
  crun: "/usr/bin/crun",
};

/** The versions that were measured. */
const versions: Readonly<Record<PeerName, string>> = { runc: "1.1.5+ds1", crun: "1.8.1" };

/** "broken sometimes": a race that they lose now and then, which no test can hold. */
export type PeerVerdict = "held" | "broken" | "broken sometimes";

/** By the attack's full title. */
export const peers: Readonly<Record<string, Partial<Record<PeerName, PeerVerdict>>>> = {};

/** Whether the peer that was measured is installed. */
export function isMeasured(peer: PeerName): boolean {
  const { stdout } = spawnSync(peerPaths[peer], ["--version"], { encoding: "utf8" });
  return (stdout ?? "").startsWith(`${peer} version ${versions[peer]}`);
}
