import * as original from "../../../../src/sys/process.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/sys/process.ts";

export const setDumpable: typeof original.setDumpable = (k, dumpable) =>
  original.setDumpable(k, dumpable || isOut("dumpable"));
