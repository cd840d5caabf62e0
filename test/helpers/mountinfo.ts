import { readFileSync } from "node:fs";

/** One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
export interface MountLine {
  readonly root: string;
  readonly point: string;
  readonly options: readonly string[];
  /** "shared:N", "master:N", "unbindable" */
  readonly propagation: readonly string[];
  readonly type: string;
  readonly source: string;
  readonly superOptions: readonly string[];
  readonly line: string;
}

const decode = (text: string) =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

export function parseMountLine(line: string): MountLine {
  const [before = "", after = ""] = line.split(" - ");
  const [, , , root = "", point = "", options = "", ...propagation] = before.split(" ");
  const [type = "", source = "", superOptions = ""] = after.split(" ");
  return {
    root: decode(root),
    point: decode(point),
    options: options.split(","),
    propagation,
    type,
    source: decode(source),
    superOptions: superOptions.split(","),
    line,
  };
}

/** The mounts that this process sees. */
export function hostMounts(): MountLine[] {
  return readFileSync("/proc/self/mountinfo", "utf8").trimEnd().split("\n").map(parseMountLine);
}
