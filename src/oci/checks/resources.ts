import { pointerToken } from "../fault.ts";
import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

/** Kinds of device and letters of access, as the devices cgroup has them (config-linux.md, "Allowed Device list"). */
export function checkDeviceRules({ linux }: Config, report: Report): void {
  for (const [index, { type = "", access = "", major, minor }] of (
    linux?.resources?.devices ?? []
  ).entries()) {
    const pointer = `/linux/resources/devices/${index}`;
    if (!["", "a", "b", "c"].includes(type)) {
      report.fault(`${pointer}/type`, `expected one of "a", "b", "c", found ${JSON.stringify(type)}`);
    }
    if (!/^[rwm]*$/.test(access)) {
      report.fault(`${pointer}/access`, `expected letters of "rwm", found ${JSON.stringify(access)}`);
    }
    // -1 is runc's wildcard, as the absence of the number is.
    for (const [name, number] of [["major", major] as const, ["minor", minor] as const]) {
      if (number !== undefined && (number < -1 || number > 4294967295)) {
        report.fault(`${pointer}/${name}`, `no device has the number ${number}`);
      }
    }
  }
}

/** Limits that contradict each other: the kernel would refuse the second write. */
export function checkMemory({ linux }: Config, report: Report): void {
  const { limit = 0, swap = 0, reservation = 0, swappiness = 0 } = linux?.resources?.memory ?? {};
  const pointer = "/linux/resources/memory";
  if (limit > 0 && swap > 0 && swap < limit) {
    report.fault(
      `${pointer}/swap`,
      `counts memory and swap, so it must not be below limit (${limit}), found ${swap}`,
    );
  }
  if (limit > 0 && reservation > limit) {
    report.fault(`${pointer}/reservation`, `must not be above limit (${limit}), found ${reservation}`);
  }
  if (swappiness > 100) {
    report.fault(`${pointer}/swappiness`, `must be from 0 to 100, found ${swappiness}`);
  }
}

/** Names of files in a cgroup; another path would lead out of it. */
export function checkUnified({ linux }: Config, report: Report): void {
  for (const file of Object.keys(linux?.resources?.unified ?? {})) {
    const pointer = `/linux/resources/unified/${pointerToken(file)}`;
    if (file.includes("/")) report.fault(pointer, "must be a file name (no slashes)");
    else if (!/^[^.]+\../.test(file)) report.fault(pointer, "must be in the form CONTROLLER.PARAMETER");
  }
}
