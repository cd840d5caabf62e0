import { messageOf, TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import type { ContainerRecord } from "./documents.ts";
import { validateRecord } from "./generated/validate-record.js";

export type { ContainerRecord };

const faults = lazy(() => require("../oci/schema-faults.ts") as typeof import("../oci/schema-faults.ts"));

/** Reads a record's text; fields that a newer version added are left alone. @throws TsrunError naming the file */
export function parseRecord(text: string, path: string): ContainerRecord {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw damaged(path, messageOf(error));
  }
  if (validateRecord(document)) return document;
  const [fault] = faults().schemaFaults(validateRecord.errors ?? [], document);
  throw damaged(path, fault === undefined ? "" : `${fault.pointer}: ${fault.message}`);
}

function damaged(path: string, reason: string): TsrunError {
  return new TsrunError(`the state file ${path} is damaged: ${reason}`, {
    hint: "delete --force removes what is left of the container",
  });
}
