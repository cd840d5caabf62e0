import { by, each, type PropertyGroups, together } from "./evidence.ts";

const mounts = "integration/mounts";
const hooks = "integration/hooks";
const idmap = [".containerID", ".hostID", ".size"];
const idMapped = by(
  "integration/id-mapped-mounts",
  "id-mapped mounts of one container have each its own mappings, also of the same source",
  "an id-mapped mount shows ids without a mapping as the overflow ids, and lets nobody make such files",
);

const hookFailures = {
  prestart: "a prestart hook that fails ends create, runs no later hook and leaves nothing",
  createRuntime: "a createRuntime hook that fails ends create, runs no later hook and leaves nothing",
  createContainer: "a createContainer hook that fails ends create, runs no later hook and leaves nothing",
  startContainer: "a startContainer hook that fails ends the container before its program runs",
  poststart: "a poststart hook that fails ends the container and runs no later hook",
  poststop: "a poststop hook that fails is a warning: the others run and the container is deleted",
};

const hookGroups: PropertyGroups = Object.fromEntries(
  Object.entries(hookFailures).map(([kind, failure]) => [
    `hooks.${kind}`,
    {
      [`hooks.${kind}[].path`]: by(hooks, "hooks of all kinds run at their command, in their order", failure),
      [`hooks.${kind}[].args`]: by(
        hooks,
        "a hook's first argument is its own name, and no other descriptor of the runtime is open",
      ),
      [`hooks.${kind}[].env`]: by(
        hooks,
        "hooks have the environment of config.json and nothing of the runtime's",
      ),
      [`hooks.${kind}[].timeout`]: by(hooks, "a hook that takes longer than its timeout is killed and fails"),
    },
  ]),
);

/** What the specification has for every platform, but the process. */
export const containerProperties: PropertyGroups = {
  ociVersion: {
    ociVersion: by("unit/oci/load", "parseConfig() takes versions 1.0 to 1.3 and tells of others alone"),
  },
  root: {
    "root.path": by(mounts, "the container sees its root file system and nothing above"),
    "root.readonly": by(mounts, "a read-only root cannot be written, a writable one can"),
  },
  hostname: {
    hostname: by("integration/namespaces", "host name and domain name are set in the container alone"),
  },
  domainname: {
    domainname: by("integration/namespaces", "host name and domain name are set in the container alone"),
  },
  mounts: {
    "mounts[].destination": by(
      mounts,
      "a mount that is missing its directory or file gets one",
      "a destination behind symlinks stays in the container's root (CVE-2019-18837, CVE-2021-30465)",
      "mounts are made in their order: a later one covers an earlier one",
    ),
    "mounts[].source": by(
      mounts,
      "a bind mount shows the host's directory with the options given",
      "a bind mount's relative source is the bundle's",
    ),
    "mounts[].type": together(
      by(mounts, "the default mounts are there with their options"),
      by(
        "integration/mount-types",
        "an overlay shows its layers, however many bytes they take",
        "an mqueue and a devpts are the container's own",
        "a tmpfs keeps the mode of the directory that it covers, sticky bit and all",
      ),
    ),
    "mounts[].options": together(
      by(
        "integration/mount-options",
        "each mount option does what mount(8) says",
        "the mount option nosymfollow keeps a path from following a link",
      ),
      by(
        mounts,
        "each propagation option holds for its mount",
        "rbind takes the mounts below along, bind does not",
        "tmpcopyup fills a tmpfs with what it covers",
      ),
      by(
        "integration/bind-mounts",
        "each recursive attribute holds for the bind mount and for those below it",
        "a bind mount with remount changes the mount that is there",
        "a bind mount with copy-symlink makes the link anew",
        "a bind mount with src-nofollow shows the link itself, with dest-nofollow covers one",
      ),
      by(
        "integration/mount-propagation",
        "propagation options are applied in their order, each to what the one before left",
      ),
      by("integration/mount-types", "create names the mount option that the kernel refuses: size=much"),
    ),
    ...each("mounts[].uidMappings[]", idmap, idMapped),
    ...each("mounts[].gidMappings[]", idmap, idMapped),
  },
  ...hookGroups,
  annotations: {
    annotations: together(
      by("integration/lifecycle", "state describes the container"),
      by(hooks, "hooks get the container's state on their standard input"),
    ),
  },
};
