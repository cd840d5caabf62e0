/**
 * The parts of a kernel parameter's name, which are path components below /proc/sys. The separator is whichever of "."
 * and "/" comes first; the other one then belongs to the parts and changes places, as in sysctl(8):
 * `net.ipv4.conf.eth0/1.rp_filter` and `net/ipv4/conf/eth0.1/rp_filter` are the same.
 */
export function sysctlParts(name: string): string[] {
  const separator = name.search(/[./]/) >= 0 && name[name.search(/[./]/)] === "/" ? "/" : ".";
  return separator === "/" ? name.split("/") : name.split(".").map((part) => part.replaceAll("/", "."));
}
