import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Whether systemd runs as PID 1 (sd_booted(3)). */
const hasSystemd = existsSync("/run/systemd/system");

/** Scopes and slices that systemd knows, failed ones among them, whose names contain `part`. */
export function unitsNamed(part: string): string[] {
  if (!hasSystemd) return [];
  const args = ["list-units", "--all", "--plain", "--no-legend", "--full", "--type=scope,slice"];
  const { stdout } = spawnSync("systemctl", args, { encoding: "utf8" });
  const names = (stdout ?? "").split("\n").map((line) => line.trim().split(/\s+/)[0] ?? "");
  return names.filter((name) => name.includes(part));
}
