import * as original from "../../../../src/init/working-directory.ts";
import { chdir } from "../../../../src/sys/files.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/init/working-directory.ts";

export const enterWorkingDirectory: typeof original.enterWorkingDirectory = (k, root, cwd) => {
  if (!isOut("working-directory")) return original.enterWorkingDirectory(k, root, cwd);
  chdir(k, cwd);
  return true;
};
