import { Report } from "./checks/report.ts";
import { checkMemory, checkUnified } from "./checks/resources.ts";
import { checkStrings } from "./checks/strings.ts";
import { DocumentError, withinDepth } from "./fault.ts";
import { validateResources } from "./generated/validate-config.js";
import { parseDocument } from "./load.ts";
import { schemaFaults } from "./schema-faults.ts";
import type { Config, Resources } from "./types.ts";

/** Where config.json has what such a document is. */
export const resourcesPlace = "/linux/resources";

/**
 * Turns the text that `update --resources` reads into limits of the shape of `linux.resources`.
 * @param name what messages call the document
 * @throws DocumentError with every fault, TsrunError where the text is not JSON
 */
export function parseResources(text: string, name: string): Resources {
  return withinDepth(name, () => {
    const document = parseDocument(text, name);
    if (!validateResources(document)) {
      throw new DocumentError(name, schemaFaults(validateResources.errors ?? [], document));
    }
    checkResources(document, name);
    return document;
  });
}

/** What a schema cannot say of limits. @throws DocumentError with every fault */
function checkResources(resources: Resources, name: string): void {
  const report = new Report();
  // The checks look at nothing else of a configuration.
  const config = { linux: { resources } } as Config;
  for (const check of [checkStrings, checkMemory, checkUnified]) check(config, report);
  if (report.faults.length === 0) return;
  const faults = report.faults.map(({ pointer, message }) => ({
    pointer: pointer.slice(resourcesPlace.length),
    message,
  }));
  throw new DocumentError(name, faults);
}
