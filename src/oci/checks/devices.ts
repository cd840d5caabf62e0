import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

/** The kernel's device numbers have 12 and 20 bits (linux/kdev_t.h); mknod(2) would cut what is larger. */
const highest = { major: 4095, minor: 1048575 } as const;

/** Device files that the kernel can make (config-linux.md, "Devices"); a FIFO has no numbers. */
export function checkDevices({ linux }: Config, report: Report): void {
  for (const [index, device] of (linux?.devices ?? []).entries()) {
    const pointer = `/linux/devices/${index}`;
    if (device.path === "") {
      report.fault(`${pointer}/path`, "must not be empty");
    }
    if (device.type === "p") {
      continue;
    }
    for (const name of ["major", "minor"] as const) {
      const number = device[name] ?? 0;
      if (number < 0 || number > highest[name]) {
        report.fault(`${pointer}/${name}`, `must be from 0 to ${highest[name]}, found ${number}`);
      }
    }
  }
}
