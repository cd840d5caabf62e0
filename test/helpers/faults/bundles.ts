import { type Config, mapUsers } from "../config.ts";

/** Bundles whose containers take different ways through init. */
export const faultBundles: Readonly<Record<string, (config: Config) => void>> = {
  "the default bundle": () => {},
  "a bundle with everything": (config) => {
    mapUsers(config, 100_000, 65_536);
    config.root.readonly = false;
    config.domainname = "example.org";
    config.process.user = { uid: 1000, gid: 1000, additionalGids: [5], umask: 0o27 };
    config.process.cwd = "/tmp";
    config.process.oomScoreAdj = 500;
    config.linux.sysctl = { "kernel.shm_rmid_forced": "1" };
    config.linux.resources = { memory: { limit: 67_108_864 }, pids: { limit: 50 }, cpu: { shares: 512 } };
    config.mounts.push({ destination: "/etc", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "ro"] });
    config.hooks = Object.fromEntries(
      (["createRuntime", "createContainer", "startContainer", "poststart", "poststop"] as const).map(
        (kind) => [kind, [{ path: "/bin/busybox", args: ["true"] }]],
      ),
    );
  },
};
