import { unescapePath } from "../base/mountinfo.ts";
import { readProc } from "../sys/host-proc.ts";
import { realPath } from "../sys/real-path.ts";

/** Path of the mount that holds `path`, from /proc/self/mountinfo (proc(5)). */
export function mountPointOf(path: string): string {
  return mountOf(path).point;
}

/** Type of the file system that holds `path`. */
export function fileSystemOf(path: string): string {
  return mountOf(path).type;
}

function mountOf(path: string): { readonly point: string; readonly type: string } {
  const real = realPath(path);
  let best = { point: "/", type: "" };
  for (const line of readProc("self/mountinfo").split("\n")) {
    const point = unescapePath(line.split(" ")[4] ?? "");
    const holds = real === point || real.startsWith(point === "/" ? "/" : `${point}/`);
    if (point === "" || !holds || point.length < best.point.length) continue;
    best = { point, type: / - (\S+)/.exec(line)?.[1] ?? "" };
  }
  return best;
}
