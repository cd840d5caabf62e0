import * as original from "../../../../src/init/seal.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/init/seal.ts";

export const seal: typeof original.seal = (k) => isOut("sealing") || original.seal(k);
