import { makeTarget } from "../../../../src/rootfs/mount-target.ts";
import * as original from "../../../../src/rootfs/ordinary-directory.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/rootfs/ordinary-directory.ts";

export const ordinaryDirectory: typeof original.ordinaryDirectory = (k, context, entry) =>
  isOut("ordinary-directory")
    ? makeTarget(k, context, entry, { isDirectory: true })
    : original.ordinaryDirectory(k, context, entry);
