import * as original from "../../../../src/container/id.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/container/id.ts";

export const checkId: typeof original.checkId = (id) => {
  if (!isOut("ids")) original.checkId(id);
};
