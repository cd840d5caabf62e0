import fc from "fast-check";
import { unescapePath } from "../../../../src/base/mountinfo.ts";
import { resolvePath } from "../../../../src/base/path.ts";
import { parseHostCgroups } from "../../../../src/cgroups/host.ts";
import { selectManager } from "../../../../src/cgroups/select.ts";
import { parseStat } from "../../../../src/container/process-info.ts";
import { findResctrl } from "../../../../src/resctrl/tree.ts";
import { wholeViews } from "../../../../src/rootfs/host-views.ts";
import { faultOf, firstFault } from "../fault.ts";
import { hostileStrings } from "../hostile.ts";
import { type Subject, subject } from "../subject.ts";

/** As the kernel writes a path into mountinfo (mangle_path in fs/seq_file.c). */
const escaped = (path: string): string =>
  path.replace(/[ \t\n\\#]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`);

const name = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "sys",
      "fs",
      "cgroup",
      "a b",
      "unified",
      "memory",
      " - cgroup",
      "..",
      "\\040",
      "é",
    ),
  },
  { weight: 1, arbitrary: hostileStrings.map((text) => text.replaceAll(/[/\0]/g, "") || "x") },
);
const path = fc.array(name, { maxLength: 5 }).map((names) => `/${names.join("/")}`);
/** Of a mount, or a cgroup: the kernel shows no other, */
const plainPath = path.map((each) => resolvePath("/", each));
/** but for what lies outside of a cgroup namespace. */
const outside = plainPath.map((each) => `/..${each}`);
const type = fc.constantFrom("cgroup", "cgroup2", "proc", "sysfs", "tmpfs", "resctrl", "ext4", "cgroup3");
const options = fc.array(
  fc.constantFrom("rw", "ro", "memory", "cpu", "cpuacct", "name=systemd", "xattr", "release_agent=/x"),
  {
    maxLength: 4,
  },
);
const number = fc.nat(40);

const mountLine = fc
  .tuple(number, number, path, plainPath, type, options)
  .map(([id, parent, root, point, kind, flags]) => {
    const places = `${escaped(root)} ${escaped(point)}`;
    return `${id} ${parent} 0:${id} ${places} rw,nosuid shared:1 - ${kind} ${kind} ${flags.join()}`;
  });
const ownLine = fc
  .tuple(
    number,
    fc.constantFrom("", "memory", "cpu,cpuacct", "name=systemd", "pids"),
    fc.oneof(plainPath, outside),
  )
  .map(([id, controllers, own]) => `${id}:${controllers}:${own}`);
const broken = fc.oneof({ weight: 9, arbitrary: mountLine }, { weight: 1, arbitrary: hostileStrings });

const cases = fc.record({
  mountinfo: fc.array(broken, { maxLength: 12 }).map((lines) => lines.join("\n")),
  cgroups: fc
    .array(fc.oneof({ weight: 9, arbitrary: ownLine }, { weight: 1, arbitrary: hostileStrings }), {
      maxLength: 5,
    })
    .map((lines) => lines.join("\n")),
  cgroupsPath: fc.oneof(
    path,
    hostileStrings,
    fc.constantFrom("../../x", "/../..", "a/../../../b", "/a/./../../c"),
  ),
  path,
  startTime: fc.nat(2 ** 40),
});

/** Whether a cgroup is one of its hierarchy's, whatever its path says. */
function isWithin(directory: string, mountPoints: readonly string[]): boolean {
  return mountPoints.some(
    (point) => point === "/" || directory === point || directory.startsWith(`${point}/`),
  );
}

function faultOfPaths(mountinfo: string, cgroups: string, cgroupsPath: string): string | undefined {
  const host = parseHostCgroups(mountinfo, cgroups);
  const points = [...host.v1, ...(host.v2 === undefined ? [] : [host.v2])].map(
    ({ mountPoint }) => mountPoint,
  );
  const request = { id: "fuzz", cgroupsPath, systemd: false, rootless: false };
  const { paths } = selectManager(request, host);
  const outside = Object.values(paths).find((each) => !isWithin(each, points));
  return outside === undefined ? undefined : `makes the cgroup ${outside}`;
}

/** What the kernel says of mounts, cgroups and processes, names of others' in it. */
export function kernelFiles(): Subject {
  return subject(cases, ({ mountinfo, cgroups, cgroupsPath, path: any, startTime }) => {
    if (unescapePath(escaped(any)) !== any) return `unescapes ${escaped(any)} wrongly`;
    const comm = any.slice(1, 16);
    const stat = `7 (${comm}) S 1 7 7 0 -1 4194304 ${"0 ".repeat(12)}${startTime} ${"0 ".repeat(30)}\n`;
    const info = parseStat(stat);
    if (info.startTime !== startTime || info.state !== "S") return `reads ${JSON.stringify(info)} in ${stat}`;
    return (
      faultOf(
        () => faultOfPaths(mountinfo, cgroups, cgroupsPath),
        (fault) => fault,
      ) ??
      firstFault(
        () => wholeViews(mountinfo),
        () => findResctrl(mountinfo),
      )
    );
  });
}
