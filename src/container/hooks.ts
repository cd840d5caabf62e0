import { lazy } from "../base/lazy.ts";
import type { HookTarget } from "../init/join-container.ts";
import type { HookKind } from "../oci/hook-kinds.ts";
import type { Config } from "../oci/types.ts";
import type { ContainerRecord } from "./record.ts";

/** Few containers have hooks. */
const runner = lazy(() => require("./hook-runner.ts") as typeof import("./hook-runner.ts"));

/** A container whose hooks are run. */
export interface HookSubject {
  readonly config: Config;
  readonly record: ContainerRecord;
  /** The container's namespaces, where the caller cannot join them by its init. */
  readonly doors?: HookTarget["doors"];
}

/** Whether there are hooks of one kind. */
export function runsHooks(kind: HookKind, { hooks }: Config): boolean {
  return (hooks?.[kind] ?? []).length > 0;
}

/** Runs the hooks of one kind; without any it costs nothing. @throws HookError */
export function runHooks(kind: HookKind, subject: HookSubject): void {
  if (runsHooks(kind, subject.config)) runner().runThem(kind, subject.config.hooks?.[kind] ?? [], subject);
}
