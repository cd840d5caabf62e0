import type { SystemdHost } from "./host.ts";
import { text, type UnitProperty } from "./property.ts";

/** What is asked for of a scope beside its limits. */
export interface ScopeWishes {
  /** The container's. */
  readonly id: string;
  readonly slice: string;
  /** What annotations ask for. */
  readonly properties: readonly UnitProperty[];
}

/**
 * What a container's scope is made of beside its limits: in runc's words, as people look for them, and what annotations ask
 * for, which is heard last.
 */
export function scopeProperties(
  { id, slice, properties }: ScopeWishes,
  pid: number,
  { cgroups }: SystemdHost,
): UnitProperty[] {
  return [
    text("Description", `libcontainer container ${id}`),
    text("Slice", slice),
    on("Delegate"),
    { name: "PIDs", value: { type: "au", value: [pid] } },
    // Everything is counted, as with the cgroupfs driver; a process joins the memory cgroup badly later on.
    on("MemoryAccounting"),
    on("CPUAccounting"),
    on(cgroups === 2 ? "IOAccounting" : "BlockIOAccounting"),
    on("TasksAccounting"),
    // A container ends with its engine, and not before: shutdown.target would stop it on its own account.
    off("DefaultDependencies"),
    // Nobody else resets a unit that has failed, and its name would not be free until then (systemd 236).
    text("CollectMode", "inactive-or-failed"),
    ...properties,
  ];
}

function on(name: string): UnitProperty {
  return { name, value: { type: "b", value: true } };
}

function off(name: string): UnitProperty {
  return { name, value: { type: "b", value: false } };
}
