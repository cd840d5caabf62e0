import { messageOf, TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import { faultText } from "../oci/fault.ts";
import { crc32 } from "../sys/crc32.ts";
import type { ContainerRecord } from "./documents.ts";
import { validateRecord } from "./generated/validate-record.js";

export type { ContainerRecord };

const faults = lazy(() => require("../oci/schema-faults.ts") as typeof import("../oci/schema-faults.ts"));

/** The newest version of the document that this tsrun reads. */
const VERSION = 1;

/** The document's last property: a sum of all the text before it. A flipped bit may leave JSON that says something else. */
const sumAtEnd = /,"sum":"([0-9a-f]{8})"\}$/;

/** A record as a text that shows what has been damaged in it. */
export function recordText(record: ContainerRecord): string {
  const text = JSON.stringify(record).slice(0, -1);
  return `${text},"sum":"${sumOf(text)}"}`;
}

/** Reads a record's text; fields that a newer version added are left alone. @throws TsrunError naming the file */
export function parseRecord(text: string, path: string): ContainerRecord {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw damaged(path, messageOf(error));
  }
  const sum = sumAtEnd.exec(text);
  if (sum !== null && sum[1] !== sumOf(text.slice(0, sum.index))) throw damaged(path, "its sum does not fit");
  refuseNewer(document, path);
  if (validateRecord(document)) return withoutSum(document);
  const [fault] = faults().schemaFaults(validateRecord.errors ?? [], document);
  throw damaged(path, fault === undefined ? "" : faultText(fault));
}

/** Whether a text is a record of ours, of whatever version: other runtimes call theirs state.json, too. */
export function isRecord(text: string): boolean {
  try {
    return typeof (JSON.parse(text) as { version?: unknown } | null)?.version === "number";
  } catch {
    return false;
  }
}

function sumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, "0");
}

/** Who writes the record again makes another sum. */
function withoutSum({ sum: _sum, ...record }: ContainerRecord): ContainerRecord {
  return record as ContainerRecord;
}

/** What a newer tsrun wrote may mean something else, whether it looks right or not. */
function refuseNewer(document: unknown, path: string): void {
  const version: unknown = (document as { version?: unknown } | null)?.version;
  if (typeof version !== "number" || version <= VERSION) return;
  throw new TsrunError(
    `the state file ${path} is of version ${version}, and this tsrun reads version ${VERSION}`,
    {
      hint: "a newer tsrun made the container: use that one",
    },
  );
}

function damaged(path: string, reason: string): TsrunError {
  return new TsrunError(`the state file ${path} is damaged: ${reason}`, {
    hint: "delete --force removes what is left of the container",
  });
}
