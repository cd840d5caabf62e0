// The trees that engine machines stand on: Debian releases with every engine in them, made once and kept.
import { join } from "node:path";
import { cacheFolder, ensureBuilt, keyOf } from "../../helpers/build-cache.ts";
import { makeDebianTree } from "../../helpers/debian-tree.ts";

/** Debian's releases: the one that the machine under the tests has, and the newest engines that Debian tests. */
export const suites = ["bookworm", "forky"] as const;

export type Suite = (typeof suites)[number];

/** The tree that a test file gets unless it asks for another one. */
export const usualSuite: Suite =
  suites.find((suite) => suite === process.env["TSRUN_ENGINES_SUITE"]) ?? "bookworm";

const everywhere = [
  "aardvark-dns",
  "buildah",
  "busybox-static",
  "ca-certificates",
  "catatonit",
  "conmon",
  "containerd",
  "containernetworking-plugins",
  "crun",
  "docker-registry",
  "docker.io",
  "fuse-overlayfs",
  "iproute2",
  "iptables",
  "netavark",
  "podman",
  "procps",
  "psmisc",
  "runc",
  "slirp4netns",
  "strace",
  "tini",
  "uidmap",
];

const packages: Readonly<Record<Suite, readonly string[]>> = {
  bookworm: everywhere,
  forky: [...everywhere, "docker-buildx", "docker-cli", "nftables", "passt"],
};

/** The folder of a release's tree. Makes it when it is missing: half a minute, and 0.6 to 1 GiB. */
export function ensureTree(suite: Suite, report: (line: string) => void): string {
  const key = keyOf(["test/engines/machine/tree.ts", "test/helpers/debian-tree.ts"]);
  const home = join(cacheFolder("engines", process.env["TSRUN_ENGINES_CACHE"]), `${suite}-${key}`);
  const make = (work: string): string => {
    const folder = join(work, "tree");
    makeDebianTree({ variant: "minbase", suite, packages: packages[suite] }, folder);
    return folder;
  };
  return ensureBuilt({ what: `the engines of ${suite}`, home, make }, report);
}
