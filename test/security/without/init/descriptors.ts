import * as original from "../../../../src/init/descriptors.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/init/descriptors.ts";

export const closeHostDescriptors: typeof original.closeHostDescriptors = (plan, k, also) => {
  if (!isOut("descriptors")) original.closeHostDescriptors(plan, k, also);
};

export const closeOtherDescriptors: typeof original.closeOtherDescriptors = (k, passed, kept) => {
  if (!isOut("descriptors")) original.closeOtherDescriptors(k, passed, kept);
};
