import { existsSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { pause } from "./wait.ts";

/** Kills what is in a cgroup and removes it; it may go away meanwhile. */
export function destroyCgroup(path: string): void {
  const processes = join(path, "cgroup.procs");
  for (let round = 0; round < 100 && existsSync(path); round++) {
    try {
      for (const pid of readFileSync(processes, "utf8").split("\n").filter(Boolean)) {
        process.kill(Number(pid), "SIGKILL");
      }
      rmdirSync(path);
    } catch {
      pause(10);
    }
  }
}
