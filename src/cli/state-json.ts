import type { StateDocument } from "../container/state.ts";

/** A container's state with its keys in runc's order; annotations sorted, as Go writes a map. */
export function orderedState(state: StateDocument): object {
  const annotations = Object.entries(state.annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ociVersion: state.ociVersion,
    id: state.id,
    pid: state.pid,
    status: state.status,
    bundle: state.bundle,
    rootfs: state.rootfs,
    created: state.created,
    ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
    owner: state.owner,
  };
}
