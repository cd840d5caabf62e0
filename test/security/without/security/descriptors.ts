import * as original from "../../../../src/security/descriptors.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/security/descriptors.ts";

/** So many of the runtime's caller's: what waits for the end of ours would wait for ever, were all of them to stay. */
const LEAKED = 2;

export const closeOthers: typeof original.closeOthers = (k, preserve) =>
  original.closeOthers(k, preserve + (isOut("close-on-exec") ? LEAKED : 0));
