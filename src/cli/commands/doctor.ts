import { TsrunError } from "../../base/errors.ts";
import { type Diagnosis, diagnose } from "../../doctor/doctor.ts";
import { diagnosisText } from "../doctor-text.ts";
import type { Flags, Invocation } from "../flags.ts";
import { goJson } from "../go-json.ts";
import { print } from "../output.ts";
import { reportFormat } from "../report-format.ts";
import { version } from "../version.ts";

export const command = "doctor";
export const describe = "show what this host can do for containers, what it lacks, and what to do about it";
/** Nothing is made where it is missing. */
export const onlyLooks = true;
export const builder = {
  format: reportFormat,
} as const satisfies Flags;

/** Status of a host on which no container can be run. */
const UNFIT = 1;

const forms: Readonly<Record<string, (diagnosis: Diagnosis) => string>> = {
  text: diagnosisText,
  json: (diagnosis) => `${goJson({ version, ...diagnosis }, "  ")}\n`,
};

export function handler({ flags, runtime }: Invocation<typeof builder>): number {
  const form = Object.hasOwn(forms, flags.format) ? forms[flags.format] : undefined;
  if (form === undefined) throw new TsrunError("invalid format option");
  const diagnosis = diagnose(runtime.root);
  print(form(diagnosis));
  return diagnosis.canRun ? 0 : UNFIT;
}
