import { pointerToken } from "../fault.ts";
import type { Config } from "../types.ts";
import { hasNamespace } from "./namespaces.ts";
import type { CheckContext, Report } from "./report.ts";

/** Longest name of a network device in bytes: IFNAMSIZ without its NUL, netdevice(7). */
const longestName = 15;

/** What the kernel takes for white space in a name, the no-break space of Latin-1 included, or for a separator. */
const forbidden: ReadonlySet<number> = new Set([9, 10, 11, 12, 13, 0x20, 0xa0, 0x2f, 0x3a]);

/** What is wrong with a device's name, by the kernel's rules (dev_valid_name); undefined where it may be one. */
function nameFault(name: string): string | undefined {
  const bytes = Buffer.from(name);
  if (bytes.length > longestName) return `is longer than ${longestName} bytes`;
  if (name === "" || name === "." || name === "..") return "is not a name";
  if (bytes.some((byte) => forbidden.has(byte))) return "has white space, a slash or a colon";
  return name.includes("%") ? "has a %" : undefined;
}

/** A name inside may be a template: `%d` at its end stands for a number of the kernel's choice. */
function targetFault(target: string): string | undefined {
  return nameFault(target.endsWith("%d") ? `${target.slice(0, -2)}00` : target);
}

/** config-linux.md, "Network Devices": each gets a name of its own in a namespace that is not the runtime's. */
export function checkNetDevices(config: Config, report: Report, { rootless }: CheckContext): void {
  const devices = Object.entries(config.linux?.netDevices ?? {});
  if (devices.length === 0) return;
  const pointer = "/linux/netDevices";
  if (!hasNamespace(config, "network"))
    report.fault(pointer, "needs a network namespace in /linux/namespaces");
  if (rootless) report.fault(pointer, "only root may move network devices into a container");
  const owners = new Map([["lo", "the loopback device"]]);
  for (const [name, { name: target = "" }] of devices) {
    const place = `${pointer}/${pointerToken(name)}`;
    if (name === "lo") {
      report.fault(place, "the loopback device stays where it is");
      continue;
    }
    const fault = nameFault(name);
    if (fault !== undefined) report.fault(place, `${JSON.stringify(name)} ${fault}`);
    const insideFault = target === "" ? undefined : targetFault(target);
    if (insideFault !== undefined) report.fault(`${place}/name`, `${JSON.stringify(target)} ${insideFault}`);
    const inside = target === "" ? name : target;
    const owner = owners.get(inside);
    if (owner !== undefined) {
      const where = target === "" ? place : `${place}/name`;
      report.fault(where, `${JSON.stringify(inside)} is the name inside of ${owner}`);
    }
    if (!inside.endsWith("%d")) owners.set(inside, place);
  }
}
