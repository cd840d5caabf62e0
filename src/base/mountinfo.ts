/** A path of /proc/PID/mountinfo (proc_pid_mountinfo(5)): space, tab, line feed and backslash are octal numbers there. */
export function unescapePath(path: string): string {
  if (!path.includes("\\")) return path;
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
