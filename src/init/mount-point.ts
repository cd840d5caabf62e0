import { readFileSync, realpathSync } from "node:fs";

/** Path of the mount that holds `path`, from /proc/self/mountinfo (proc(5)). */
export function mountPointOf(path: string): string {
  const real = realpathSync(path);
  let best = "/";
  for (const line of readFileSync("/proc/self/mountinfo", "utf8").split("\n")) {
    const point = unescapeOctal(line.split(" ")[4] ?? "");
    const holds = real === point || real.startsWith(point === "/" ? "/" : `${point}/`);
    if (point !== "" && holds && point.length >= best.length) best = point;
  }
  return best;
}

/** mountinfo writes space, tab, newline and backslash as octal escapes. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
