import { ownEnvironment } from "../base/environment.ts";
import { type HookSetting, runHooks as runHookList } from "../hooks/run.ts";
import { hookState } from "../hooks/state.ts";
import { joinContainer } from "../init/join-container.ts";
import type { HookKind } from "../oci/hook-kinds.ts";
import type { Hook } from "../oci/types.ts";
import type { HookSubject } from "./hooks.ts";
import type { ContainerRecord } from "./record.ts";

/** Kinds that run in the container's namespaces (runtime-spec config.md "POSIX-platform Hooks"). */
const inside: ReadonlySet<HookKind> = new Set(["createContainer", "startContainer"]);

/** Runs hooks of one kind. @throws HookError */
export function runThem(kind: HookKind, hooks: readonly Hook[], subject: HookSubject): void {
  runHookList(kind, hooks, hookState(kind, stateOf(kind, subject.record)), settingOf(kind, subject));
}

function stateOf(kind: HookKind, record: ContainerRecord): Parameters<typeof hookState>[1] {
  const { ociVersion, id, bundle, annotations } = record;
  const pid = pidFor(kind, record);
  return {
    ociVersion,
    id,
    bundle,
    ...(pid === undefined ? {} : { pid }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** Inside, the pid is that of the container's pid namespace. */
function pidFor(kind: HookKind, { pid, ownPidNamespace }: ContainerRecord): number | undefined {
  if (kind === "poststop") return undefined;
  return inside.has(kind) && ownPidNamespace ? 1 : pid;
}

function settingOf(kind: HookKind, { config, record, doors }: HookSubject): HookSetting {
  const { pid, bundle } = record;
  const own = ownEnvironment();
  if (!inside.has(kind)) return { environment: own, directory: bundle };
  const environment = kind === "startContainer" ? (config.process?.env ?? []) : own;
  const types = new Set((config.linux?.namespaces ?? []).map(({ type }) => type));
  return { environment, join: (hand, kept) => joinContainer(hand, { pid, types, doors }, kept) };
}
