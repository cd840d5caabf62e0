import * as original from "../../../../../src/cgroups/systemd/allowed-properties.ts";
import { isOut } from "../../is-out.ts";

export * from "../../../../../src/cgroups/systemd/allowed-properties.ts";

export const allowedType: typeof original.allowedType = (name) =>
  original.allowedType(name) ?? (isOut("property-list") ? "s" : undefined);
