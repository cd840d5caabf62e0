import { lazy } from "../base/lazy.ts";
import { log } from "../base/log.ts";
import { checkMappedIds } from "./checks/id-mappings.ts";
import { processChecks } from "./checks/of-process.ts";
import { Report } from "./checks/report.ts";
import { DocumentError, type Fault, withinDepth } from "./fault.ts";
import type { Config, Process } from "./types.ts";

/** The compiled schemas: needed only where a process comes as a document. */
const load = lazy(() => require("./load.ts") as typeof import("./load.ts"));

/** Those of all checks that look at the process; pure, but of the container's id maps. */
const checks = [...processChecks, checkMappedIds] as const;

const PREFIX = "/process";

/**
 * A process for `exec` out of a document of its own; `checkProcess` follows.
 * @param name what messages call the document
 * @throws DocumentError with every fault, TsrunError where the text is not JSON
 */
export function parseProcess(text: string, name: string): Process {
  return load().parseProcess(text, name);
}

/**
 * Checks a process that `exec` starts in a container, as config.json's own is checked when it is created.
 * @param name what messages call it
 * @throws DocumentError with every fault; TsrunError where it is nested too deep to be looked through
 */
export function checkProcess(process: Process, { ociVersion, linux }: Config, name: string): void {
  const { namespaces, uidMappings, gidMappings } = linux ?? {};
  const subject: Config = {
    ociVersion,
    process,
    linux: {
      ...(namespaces === undefined ? {} : { namespaces }),
      ...(uidMappings === undefined ? {} : { uidMappings }),
      ...(gidMappings === undefined ? {} : { gidMappings }),
    },
  };
  const report = new Report();
  withinDepth(name, () => {
    for (const check of checks) check(subject, report);
  });
  if (report.faults.length > 0) throw new DocumentError(name, report.faults.map(within));
  for (const { pointer, message } of report.warnings.map(within)) log.warn(`${name}: ${pointer}: ${message}`);
}

/** The place of a fault in the process itself. */
function within({ pointer, message }: Fault): Fault {
  return { pointer: pointer.startsWith(PREFIX) ? pointer.slice(PREFIX.length) : pointer, message };
}
