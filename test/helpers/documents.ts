import { checkConfig } from "../../src/oci/checks/index.ts";
import type { CheckContext, Report } from "../../src/oci/checks/report.ts";
import { DocumentError, type Fault } from "../../src/oci/fault.ts";
import { validateConfig } from "../../src/oci/generated/validate-config.js";
import { schemaFaults } from "../../src/oci/schema-faults.ts";
import { defaultSpec } from "../../src/oci/spec.ts";

type Patch = Readonly<Record<string, unknown>>;

function isPatch(value: unknown): value is Patch {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** A copy of `base` with the members of `patch`: objects are merged, undefined deletes, all else replaces. */
export function merge(base: unknown, patch: Patch): Record<string, unknown> {
  const merged: Record<string, unknown> = isPatch(base) ? { ...base } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) {
      delete merged[name];
    } else {
      merged[name] = isPatch(value) ? merge(merged[name], value) : value;
    }
  }
  return merged;
}

/** The default spec with changes. */
export function specWith(patch: Patch): Record<string, unknown> {
  return merge(defaultSpec({ cgroup2: false }), patch);
}

function lines(faults: readonly Fault[]): string[] {
  return faults.map(({ pointer, message }) => `${pointer}: ${message}`);
}

/** What the checks say of the default spec with changes, which must have the schema's shape. */
export function check(patch: Patch, context: CheckContext = { rootless: false }): Report {
  const document = specWith(patch);
  if (!validateConfig(document)) {
    throw new DocumentError("test document", schemaFaults(validateConfig.errors ?? [], document));
  }
  return checkConfig(document, context);
}

/** The faults of the default spec with changes, one line each. */
export function faults(patch: Patch, context?: CheckContext): string[] {
  return lines(check(patch, context).faults);
}

/** The warnings, likewise. */
export function warnings(patch: Patch, context?: CheckContext): string[] {
  return lines(check(patch, context).warnings);
}
