import { TsrunError } from "../../../../src/base/errors.ts";
import * as original from "../../../../src/rootfs/devices.ts";
import { openInRoot } from "../../../../src/sys/in-root.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/rootfs/devices.ts";

export const openNull: typeof original.openNull = (k, root, flags) => {
  if (!isOut("null-device")) return original.openNull(k, root, flags);
  const found = openInRoot(k, root, "/dev/null", flags);
  if (found === undefined) throw new TsrunError("/dev/null is missing");
  return found;
};
