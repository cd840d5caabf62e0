import * as original from "../../../../src/sys/self.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/sys/self.ts";

export const isExecutedReadOnly: typeof original.isExecutedReadOnly = () =>
  isOut("read-only-executable") || original.isExecutedReadOnly();
