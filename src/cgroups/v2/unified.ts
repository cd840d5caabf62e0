import { pointerToken } from "../../oci/fault.ts";
import type { Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

/**
 * linux.resources.unified: files of the container's cgroup with what to write, line by line, as a file takes one setting
 * at a time (runtime-spec config-linux.md, "Unified"; so does runc). They come last: they are meant to win.
 */
export function toFiles({ unified = {} }: Resources): CgroupWrite[] {
  return Object.entries(unified).flatMap(([file, text]) => {
    const controller = file.slice(0, file.indexOf("."));
    const pointer = `/linux/resources/unified/${pointerToken(file)}`;
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.map((value) => ({ controller, file, value, pointer }));
  });
}
