// Containers with a terminal, which somebody takes as an engine does.
import { join } from "node:path";
import { DescriptorReceiver } from "../../helpers/descriptor-receiver.ts";
import type { Result } from "../../helpers/runtime.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";

/** Runs a container in the background; its terminal is taken and closed. */
export function runWithTerminal(
  box: Sandbox,
  bundle: string,
): { readonly id: string; readonly result: Result } {
  using receiver = new DescriptorReceiver(join(box.directory, "console"));
  const id = box.newId();
  const result = box.call(["run", "--detach", "--bundle", bundle, "--console-socket", receiver.path, id]);
  return { id, result };
}
