import { containerProperties } from "./container.ts";
import type { PropertyGroups } from "./evidence.ts";
import { linuxProperties } from "./linux.ts";
import { processProperties } from "./process.ts";
import { resourceProperties } from "./resources.ts";
import { seccompProperties } from "./seccomp.ts";

/**
 * Every property of config.json on Linux with the tests that show it from inside a container, or that show it refused.
 * A test holds this against schemas/ and against the tests; README.md shows it (scripts/properties.ts).
 */
export const propertyGroups: PropertyGroups = {
  ...containerProperties,
  ...processProperties,
  ...linuxProperties,
  ...resourceProperties,
  ...seccompProperties,
};
