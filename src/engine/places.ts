import { about, expandFolders, readIfThere } from "./config-file.ts";
import { containerd } from "./containerd.ts";
import { docker } from "./docker.ts";
import { hasTsrun, jsonRuntimes, podman } from "./podman.ts";
import type { Setup } from "./setup.ts";
import { parseToml, type TomlDocument } from "./toml/document.ts";

export const engineNames = ["containerd", "docker", "podman"] as const;
export type EngineName = (typeof engineNames)[number];

/** Whose engine it is: the system's, or that of an ordinary user. */
export interface Owner {
  readonly root: boolean;
  /** `$XDG_CONFIG_HOME`, or `~/.config`: where a user's engines have their files. */
  readonly configHome: string;
}

/** One engine's configuration on this host. */
export interface Place {
  readonly setup: Setup;
  readonly path: string;
  /** What makes the engine read it again. */
  readonly reload: string;
}

/** Podman's files in the order in which it reads them (containers.conf(5)); the last two are those of `folder`. */
function podmanFiles(folder: string): string[] {
  const etc = "/etc/containers";
  const folders = folder === etc ? [etc] : [etc, folder];
  const own = folders.flatMap((each) => [`${each}/containers.conf`, `${each}/containers.conf.d/`]);
  return ["/usr/share/containers/containers.conf", ...own];
}

/** The files that are there. @throws TsrunError naming the one that is not understood */
function documentsIn(paths: readonly string[]): TomlDocument[] {
  return paths.flatMap((path) => {
    const text = readIfThere(path);
    return text === undefined ? [] : [about(path, () => parseToml(text))];
  });
}

/** The file of Podman's that has tsrun already, or else the drop-in; behind the drop-ins that begin with a number. */
function podmanPlace(owner: Owner, config: string | undefined): Place {
  const folder = `${owner.root ? "/etc" : owner.configHome}/containers`;
  const main = `${folder}/containers.conf`;
  const inMain = documentsIn([main]).some(hasTsrun);
  const path = config ?? (inMain ? main : `${folder}/containers.conf.d/99-tsrun.conf`);
  // Within a folder the order of the names is the order in which they are read.
  const before = expandFolders(podmanFiles(folder)).filter((file) => !file.startsWith(folder) || file < path);
  return {
    setup: podman(jsonRuntimes(documentsIn(before))),
    path,
    reload:
      "nothing to restart: Podman reads it with each command (its API service, if it runs, when that starts anew)",
  };
}

/**
 * Where an engine has its configuration.
 * @param config the file, if the user named one
 * @throws TsrunError for a file on the way that is not understood
 */
export function placeOf(engine: EngineName, owner: Owner, config: string | undefined): Place {
  const systemctl = owner.root ? "systemctl" : "systemctl --user";
  const folder = owner.root ? "/etc" : owner.configHome;
  switch (engine) {
    case "containerd":
      return {
        setup: containerd,
        path: config ?? `${folder}/containerd/config.toml`,
        reload: `restart containerd: ${systemctl} restart containerd`,
      };
    case "docker":
      return {
        setup: docker,
        path: config ?? `${folder}/docker/daemon.json`,
        reload: `have dockerd read it: ${systemctl} reload docker`,
      };
    case "podman":
      return podmanPlace(owner, config);
  }
}
