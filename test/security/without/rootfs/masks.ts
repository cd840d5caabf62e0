import * as original from "../../../../src/rootfs/masks.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/rootfs/masks.ts";

export const maskPaths: typeof original.maskPaths = (k, root, paths, { label = "", views } = {}) =>
  original.maskPaths(
    k,
    root,
    paths,
    isOut("kernel-views") || views === undefined ? { label } : { label, views },
  );

export const protectPaths: typeof original.protectPaths = (k, root, paths, views) =>
  original.protectPaths(k, root, paths, isOut("kernel-views") ? undefined : views);
