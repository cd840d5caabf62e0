import { capabilityNames, capabilitySets } from "../capabilities.ts";
import { didYouMean } from "../suggest.ts";
import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

/** An unknown capability is a warning (config.md, "Linux Process"): a newer engine may know more than we do. */
export function checkCapabilities({ process }: Config, report: Report): void {
  for (const set of capabilitySets) {
    for (const [index, name] of (process?.capabilities?.[set] ?? []).entries()) {
      if (!(capabilityNames as readonly string[]).includes(name)) {
        const hint = didYouMean(name, capabilityNames);
        report.warn(
          `/process/capabilities/${set}/${index}`,
          `ignoring unknown capability ${JSON.stringify(name)}${hint}`,
        );
      }
    }
  }
}
