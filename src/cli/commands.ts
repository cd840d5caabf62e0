import type { CommandModule } from "./flags.ts";
import { UnknownCommandError } from "./usage-error.ts";

/**
 * The commands in the order of the help, each loaded only when it is called (design.md, D5). A command stands here as
 * soon as it works: what is listed is what engines may count on.
 */
const loaders: Readonly<Record<string, () => CommandModule>> = {
  create: () => require("./commands/create.ts") as typeof import("./commands/create.ts"),
  start: () => require("./commands/start.ts") as typeof import("./commands/start.ts"),
  run: () => require("./commands/run.ts") as typeof import("./commands/run.ts"),
  exec: () => require("./commands/exec.ts") as typeof import("./commands/exec.ts"),
  state: () => require("./commands/state.ts") as typeof import("./commands/state.ts"),
  list: () => require("./commands/list.ts") as typeof import("./commands/list.ts"),
  ps: () => require("./commands/ps.ts") as typeof import("./commands/ps.ts"),
  events: () => require("./commands/events.ts") as typeof import("./commands/events.ts"),
  stats: () => require("./commands/stats.ts") as typeof import("./commands/stats.ts"),
  pause: () => require("./commands/pause.ts") as typeof import("./commands/pause.ts"),
  resume: () => require("./commands/resume.ts") as typeof import("./commands/resume.ts"),
  update: () => require("./commands/update.ts") as typeof import("./commands/update.ts"),
  kill: () => require("./commands/kill.ts") as typeof import("./commands/kill.ts"),
  delete: () => require("./commands/delete.ts") as typeof import("./commands/delete.ts"),
  gc: () => require("./commands/gc.ts") as typeof import("./commands/gc.ts"),
  spec: () => require("./commands/spec.ts") as typeof import("./commands/spec.ts"),
  features: () => require("./commands/features.ts") as typeof import("./commands/features.ts"),
  seccomp: () => require("./commands/seccomp.ts") as typeof import("./commands/seccomp.ts"),
  doctor: () => require("./commands/doctor.ts") as typeof import("./commands/doctor.ts"),
  engine: () => require("./commands/engine.ts") as typeof import("./commands/engine.ts"),
  completion: () => require("./commands/completion.ts") as typeof import("./commands/completion.ts"),
  help: () => require("./commands/help.ts") as typeof import("./commands/help.ts"),
};

/** @throws {UnknownCommandError} */
export function loadCommand(name: string): CommandModule {
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
  if (load === undefined) {
    throw new UnknownCommandError(name);
  }
  return load();
}

/** Every command, for help and completion. */
export function loadAllCommands(): CommandModule[] {
  return Object.values(loaders).map((load) => load());
}
