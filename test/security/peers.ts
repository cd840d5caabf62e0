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

/** By the attack's full title. What is not in here holds against a peer, too, or says nothing about it. */
export const peers: Readonly<Record<string, Partial<Record<PeerName, PeerVerdict>>>> = {
  // Of the executable, and of a directory by a descriptor.
  "CVE-2016-9962: exec shows nothing of the host to who may trace everybody": {
    runc: "broken sometimes",
    crun: "broken sometimes",
  },
  // crun mounts whatever is asked for, and looks at what it writes labels to.
  "CVE-2019-16884: a tmpfs on /proc is refused": { crun: "broken" },
  "CVE-2019-16884: a directory of the host's on /proc is refused": { crun: "broken" },
  "CVE-2019-16884: a directory of the host's on a process's attributes is refused": { crun: "broken" },
  "CVE-2019-16884: a directory of the host's on /proc/sys by a link of the image's is refused": {
    crun: "broken",
  },
  "CVE-2019-19921: what is to be masked in /proc is, or the container refused, while another exchanges it for a link":
    {
      runc: "broken sometimes",
      crun: "broken sometimes",
    },
  // crun leaves what its caller has open to the first process until that executes its program.
  "CVE-2024-21626: no descriptor is a container's working directory, by its number or behind a link": {
    crun: "broken",
  },
  "CVE-2024-21626: no descriptor is the working directory of what is executed, by its number or behind a link":
    { crun: "broken" },
  // Of a volume's null device; crun sees to a plain link, and loses the race.
  "CVE-2025-31133, CVE-2025-62161: a file is never masked with what an image or a volume has in the null device's place":
    { runc: "broken", crun: "held" },
  "CVE-2025-31133, CVE-2025-62161: a file is never masked with a link that changes places with a volume's null device":
    { runc: "broken sometimes", crun: "broken sometimes" },
  // runc empties the file before it covers it.
  "CVE-2025-52565: a terminal is not bound to what a link at /dev/console leads to": {
    runc: "broken",
    crun: "broken",
  },
  "CVE-2025-52565: a terminal is bound to no link that changes places with /dev/console": {
    runc: "broken sometimes",
    crun: "broken sometimes",
  },
  "CVE-2025-52881, CVE-2025-62596: a sysctl reaches the kernel, and nothing that somebody has put over /proc":
    {
      runc: "broken",
    },
  // Not the fault itself, which is younger: it takes " 1" for 1.
  "CVE-2026-30892: exec --user takes numbers alone, and each for itself": { crun: "broken" },
  "CVE-2026-41579, CVE-2026-47766: nothing is made or removed on the host through a link at the image's /dev":
    { runc: "broken", crun: "broken" },
  "CVE-2026-88264: no console is made on the host through a link of the image's, nor covers a file there": {
    runc: "held",
    crun: "broken",
  },
  "CVE-2026-39822: a link with a slash behind it, the destination of a mount, leads to a directory of the container's":
    { runc: "held" },
  "CVE-2014-8989: an ordinary user's container gives up no group that is denied something": {
    runc: "held",
    crun: "held",
  },
  "neighbour: exec --cgroup leads out of no container's cgroup": { runc: "held" },
  "neighbour: cgroupsPath leads out of no hierarchy": { runc: "held" },
};

/** Whether the peer that was measured is installed. */
export function isMeasured(peer: PeerName): boolean {
  const { stdout } = spawnSync(peerPaths[peer], ["--version"], { encoding: "utf8" });
  return (stdout ?? "").startsWith(`${peer} version ${versions[peer]}`);
}
