import { TsrunError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { absolutePath } from "../../base/path.ts";
import { type Change, carryOut, planInstall, planUninstall } from "../../engine/change.ts";
import { criIsOff } from "../../engine/containerd.ts";
import { type EngineName, engineNames, type Owner, placeOf } from "../../engine/places.ts";
import type { Wish } from "../../engine/setup.ts";
import { unifiedDiff } from "../../engine/unified-diff.ts";
import type { Flags, Invocation } from "../flags.ts";
import { print } from "../output.ts";

const actions = ["install", "uninstall"] as const;

export const command = "engine <action> <engine>";
export const describe =
  "install: make tsrun a runtime of an engine, in its own configuration; uninstall: take it out";
export const choices = { action: actions, engine: engineNames };
export const builder = {
  config: { type: "string", describe: "the engine's configuration file (default: where the engine looks)" },
  default: { type: "boolean", describe: "of install: for containers that ask for no runtime, too" },
  "dry-run": { type: "boolean", describe: "show the difference, write nothing" },
} as const satisfies Flags;

function chosen<T extends string>(known: readonly T[], word: string | undefined, what: string): T {
  const found = known.find((each) => each === word);
  if (found !== undefined) return found;
  throw new TsrunError(`tsrun engine knows no ${what} ${JSON.stringify(word)}`, {
    hint: `known: ${known.join(", ")}`,
  });
}

function owner(): Owner {
  const { XDG_CONFIG_HOME: configHome, HOME: home } = process.env;
  const root = process.geteuid?.() === 0;
  if (!root && !configHome && !home) throw new TsrunError("neither XDG_CONFIG_HOME nor HOME is set");
  return { root, configHome: configHome || `${home}/.config` };
}

/** What the engine does not take from the configuration that it is given. */
function warn(engine: EngineName, after: string, { program, asDefault }: Wish): void {
  if (engine === "containerd" && criIsOff(after)) {
    log.warn("disabled_plugins has the CRI plugin in it, which alone reads containerd's runtimes");
  }
  // dockerd's builder, and Docker's own variable since 2024 (moby#47563); earlier ones take the first runc of dockerd's PATH.
  if (engine === "docker" && asDefault) {
    log.warn(
      `BuildKit has no default runtime: its RUN steps want DOCKER_BUILDKIT_RUNC_COMMAND=${program} in dockerd's environment`,
    );
  }
}

/** What was done with the files, and what is left to do. */
function outcome({ file, after, backup }: Change, reload: string): string {
  const kept = backup === "write" ? `; what it was: ${file.backupPath}` : "";
  const done = after === undefined ? `Removed ${file.path}` : `Wrote ${file.path}${kept}`;
  return `${done}\nTo do: ${reload}\n`;
}

/** The difference comes first, also where nothing is written. */
export function handler({ flags, positionals }: Invocation<typeof builder>): number {
  const action = chosen(actions, positionals[0], "action");
  const engine = chosen(engineNames, positionals[1], "engine");
  if (action === "uninstall" && flags.default) {
    throw new TsrunError("--default is for install", {
      hint: "uninstall gives back the default that was there before",
    });
  }
  const config = flags.config === undefined ? undefined : absolutePath(flags.config);
  const { setup, path, reload } = placeOf(engine, owner(), config);
  const wish = { program: process.execPath, asDefault: flags.default };
  const change = action === "install" ? planInstall(setup, path, wish) : planUninstall(setup, path);
  const { file, after } = change;
  if (after === file.text) {
    print(`Nothing to change: ${path} has ${action === "install" ? "" : "no "}tsrun\n`);
    return 0;
  }
  print(unifiedDiff({ name: file.path, text: file.text }, { name: file.path, text: after }));
  if (action === "install") warn(engine, after ?? "", wish);
  if (flags["dry-run"]) {
    print("Nothing written\n");
    return 0;
  }
  carryOut(change);
  print(outcome(change, reload));
  return 0;
}
