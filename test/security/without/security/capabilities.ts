import * as original from "../../../../src/security/capabilities.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/security/capabilities.ts";

export const planCapabilities: typeof original.planCapabilities = (wanted = {}, limits) =>
  original.planCapabilities(
    isOut("inheritable") ? { ...wanted, inheritable: wanted.permitted ?? [] } : wanted,
    limits,
  );
