import { TsrunError } from "../../base/errors.ts";

/** The error, in runc's words, where nothing counts the container's memory. */
export function noMemoryController(): TsrunError {
  return new TsrunError("memory controller missing", {
    hint: "only it tells of a container that is out of memory; events --stats prints what there is without it",
  });
}
