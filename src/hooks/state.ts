import type { HookKind } from "../oci/hook-kinds.ts";
import type { State, Status } from "../oci/types.ts";

/**
 * Status of the container while hooks of a kind run, by the steps of the specification's lifecycle (runtime.md): the
 * environment exists once create's hooks run ("created", after step 2), and the program runs after startContainer's.
 */
const statusDuring: Readonly<Record<HookKind, Status>> = {
  prestart: "created",
  createRuntime: "created",
  createContainer: "created",
  startContainer: "created",
  poststart: "running",
  poststop: "stopped",
};

/**
 * The state that a hook gets on standard input (config.md, "POSIX-platform Hooks").
 * @param state the pid as the hook's own pid namespace counts: for createContainer and startContainer the container's;
 *   undefined once the process is gone
 */
export function hookState(kind: HookKind, state: Omit<State, "status">): string {
  const { ociVersion, id, pid, bundle, annotations } = state;
  return JSON.stringify({ ociVersion, id, status: statusDuring[kind], pid, bundle, annotations });
}
