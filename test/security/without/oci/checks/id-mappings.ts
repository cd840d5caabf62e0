import * as original from "../../../../../src/oci/checks/id-mappings.ts";
import { isOut } from "../../is-out.ts";

export * from "../../../../../src/oci/checks/id-mappings.ts";

export const checkIdMappings: typeof original.checkIdMappings = (config, report) => {
  if (!isOut("lengths")) original.checkIdMappings(config, report);
};
