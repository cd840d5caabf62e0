import { describeFeatures } from "../../container/features.ts";
import type { Flags, Invocation } from "../flags.ts";
import { goJson } from "../go-json.ts";
import { print } from "../output.ts";
import { commit, version } from "../version.ts";

export const command = "features";
export const describe = "print what tsrun supports as JSON";
export const builder = {} as const satisfies Flags;

export function handler(_: Invocation<typeof builder>): number {
  print(`${goJson(describeFeatures({ version, commit }), "    ")}\n`);
  return 0;
}
