import { readFileSync, realpathSync } from "node:fs";
import { unescapePath } from "../base/mountinfo.ts";

/** Path of the mount that holds `path`, from /proc/self/mountinfo (proc(5)). */
export function mountPointOf(path: string): string {
  const real = realpathSync(path);
  let best = "/";
  for (const line of readFileSync("/proc/self/mountinfo", "utf8").split("\n")) {
    const point = unescapePath(line.split(" ")[4] ?? "");
    const holds = real === point || real.startsWith(point === "/" ? "/" : `${point}/`);
    if (point !== "" && holds && point.length >= best.length) best = point;
  }
  return best;
}
