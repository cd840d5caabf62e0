import { TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { checkConfig } from "./checks/index.ts";
import type { CheckContext } from "./checks/report.ts";
import { parseJsonExactly } from "./exact-integers.ts";
import { DocumentError, withinDepth } from "./fault.ts";
import { validateConfig, validateProcess } from "./generated/validate-config.js";
import { findSyntaxFault } from "./json-syntax.ts";
import { describeValue, schemaFaults } from "./schema-faults.ts";
import type { Config, Process } from "./types.ts";
import { isSupportedVersion, ociVersion, ociVersionMin } from "./version.ts";

/** Deletes properties that are null, everywhere: encoding/json, and so runc, takes null for absence. */
export function dropNulls(value: unknown): void {
  if (value === null || typeof value !== "object") {
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    if (member === null && !Array.isArray(value)) {
      delete (value as Record<string, unknown>)[name];
    } else {
      dropNulls(member);
    }
  }
}

/**
 * JSON.parse with a message that names line and column, and with bigints for integers that doubles don't hold exactly.
 * @throws TsrunError
 */
export function parseJson(text: string, name: string): unknown {
  try {
    return parseJsonExactly(text);
  } catch (cause) {
    const fault = findSyntaxFault(text);
    if (fault === undefined) {
      throw new TsrunError(`invalid ${name}: not JSON`, { cause });
    }
    const { line, column, expected, found } = fault;
    throw new TsrunError(
      `invalid ${name}: line ${line}, column ${column}: expected ${expected}, found ${found}`,
    );
  }
}

/** A document of another major version may mean anything: nothing else is worth saying of it. */
function checkVersion(document: unknown, name: string): void {
  if (document === null || typeof document !== "object" || !("ociVersion" in document)) {
    return;
  }
  const version = document.ociVersion;
  if (typeof version === "string" && !isSupportedVersion(version)) {
    const message = `unsupported version ${describeValue(version)}, tsrun takes ${ociVersionMin} to ${ociVersion}`;
    throw new DocumentError(name, [{ pointer: "/ociVersion", message }]);
  }
}

export function parseDocument(text: string, name: string): unknown {
  const document = parseJson(text, name);
  if (text.includes("null")) {
    dropNulls(document);
  }
  return document;
}

function checkedConfig(text: string, name: string, context: CheckContext): Config {
  const document = parseDocument(text, name);
  checkVersion(document, name);
  if (!validateConfig(document)) {
    throw new DocumentError(name, schemaFaults(validateConfig.errors ?? [], document));
  }
  const { faults, warnings } = checkConfig(document, context);
  if (faults.length > 0) {
    throw new DocumentError(name, faults);
  }
  for (const { pointer, message } of warnings) {
    log.warn(`${name}: ${pointer}: ${message}`);
  }
  return document;
}

/**
 * Turns the text of a config.json into a document that follows the schema and all checks; warnings go to the log.
 *
 * null counts as absence, as in runc. Names are told apart by case, as the specification has it (runc's decoder does
 * not), and a list's items must not be null.
 * @param name what messages call the document
 * @throws DocumentError with every fault, TsrunError where the text is not JSON
 */
export function parseConfig(text: string, name: string, context: CheckContext): Config {
  return withinDepth(name, () => checkedConfig(text, name, context));
}

/** The same for the text of a process alone; what its schema cannot say is not checked (process.ts). */
export function parseProcess(text: string, name: string): Process {
  return withinDepth(name, () => {
    const document = parseDocument(text, name);
    if (validateProcess(document)) {
      return document;
    }
    throw new DocumentError(name, schemaFaults(validateProcess.errors ?? [], document));
  });
}
