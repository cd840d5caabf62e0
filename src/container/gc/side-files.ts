import { removeFile } from "../../sys/host-directories.ts";
import type { ContainerDirectory } from "../directory.ts";
import { isWaiting } from "../gate.ts";
import { HeldConfig } from "../held-config.ts";
import type { ContainerRecord } from "../record.ts";
import { isAlive } from "../status.ts";
import type { Heap } from "./leftover.ts";

/** What `start` removes once the program runs. */
const untilStarted = ["go", "result", "last"] as const;

/** Files that a command has left in the directory of a container that stays, and which this one holds. */
export function sideFiles(directory: ContainerDirectory, record: ContainerRecord): Heap[] {
  const isStarted = record.ready && isAlive(record) && !isWaiting(directory.path);
  return [
    ...drafts(directory),
    ...untilStarted
      .filter((name) => isStarted && directory.has(name))
      .map((name) => heap(directory, name, "its start was killed after the program had begun")),
  ];
}

const draftReason = "whoever wrote it was killed before it was whole";

/** Who writes the record holds the directory; who writes the configuration later holds that alone (held-config.ts). */
function drafts(directory: ContainerDirectory): Heap[] {
  const found: Heap[] = [];
  if (directory.has("state.json.new")) found.push(heap(directory, "state.json.new", draftReason));
  if (directory.has("config.json.new") && directory.has("config.json")) {
    const draft = heap(directory, "config.json.new", draftReason);
    const remove = (): void => void HeldConfig.whileFree(directory, draft.remove);
    if (HeldConfig.whileFree(directory, () => undefined)) found.push({ ...draft, remove });
  }
  return found;
}

function heap(directory: ContainerDirectory, name: string, reason: string): Heap {
  const path = `${directory.path}/${name}`;
  return { leftovers: [{ kind: "file", path, reason }], remove: () => void removeFile(path) };
}
