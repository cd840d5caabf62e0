import * as original from "../../../../src/rootfs/mount-target.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/rootfs/mount-target.ts";

export const protectProc: typeof original.protectProc = (place, destination, isProc) => {
  if (!isOut("proc-check")) original.protectProc(place, destination, isProc);
};
