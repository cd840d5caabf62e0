import { type Finding, limited, missing, needed, ok } from "../finding.ts";
import type { RightFacts } from "../read/rights.ts";
import type { RootFacts } from "../read/root.ts";
import type { ToolFacts } from "../read/tools.ts";

const MIB = 1 << 20;
/** What some hundred records and configurations take. */
const LEAST_BYTES = 8 * MIB;
const LEAST_INODES = 1000;

/** The directory of the containers' state. */
export function judgeRoot(root: RootFacts): Finding[] {
  const place = root.exists ? root.path : `${root.path}, to be made below ${root.nearest}`;
  if (!root.writable) {
    return [
      needed("directory", `${place}: not writable`, {
        consequence: "no container can be made",
        remedy: "set --root, or XDG_RUNTIME_DIR, to a directory of this user's",
      }),
    ];
  }
  return [
    ok("directory", place),
    root.inMemory
      ? ok("kept", "in memory: gone after a reboot, as the containers are")
      : limited("kept", "on a disk: records outlive a reboot", {
          consequence: "containers of before are listed as stopped until somebody deletes them",
          remedy: "a --root on a tmpfs, such as /run/tsrun; tsrun gc removes those of killed runs",
        }),
    judgeSpace(root),
  ];
}

function judgeSpace({ freeBytes, freeInodes, nearest }: RootFacts): Finding {
  const inodes = freeInodes === undefined ? "" : `, ${freeInodes} inodes`;
  const found = `${Math.floor(freeBytes / MIB)} MiB free${inodes}`;
  if (freeBytes >= LEAST_BYTES && (freeInodes ?? LEAST_INODES) >= LEAST_INODES) return ok("space", found);
  return limited("space", found, {
    consequence: "create fails when it is full",
    remedy: `free some of the file system of ${nearest}`,
  });
}

/** Capabilities that root's containers rest on, and what fails without each. */
const wanted: readonly (readonly [name: string, consequence: string])[] = [
  ["CAP_SYS_ADMIN", "namespaces and mounts"],
  ["CAP_SETUID", "users of containers"],
  ["CAP_SETGID", "groups of containers"],
  ["CAP_SETPCAP", "the bounding set of containers"],
  ["CAP_CHOWN", "owners of terminals and cgroups"],
  ["CAP_DAC_OVERRIDE", "files of other users in images"],
  ["CAP_FOWNER", "modes of files in images"],
  ["CAP_MKNOD", "device nodes (they are bound from the host)"],
  ["CAP_KILL", "ending processes of other users"],
  ["CAP_NET_ADMIN", "network devices and the loopback of new networks"],
  ["CAP_SYS_CHROOT", "pivot_root and hooks in containers"],
  ["CAP_SYS_PTRACE", "joining and looking into containers of other users"],
  ["CAP_SYS_RESOURCE", "limits above the caller's, and OOM scores below it"],
  ["CAP_SYS_NICE", "realtime scheduling, and I/O priorities of the realtime class"],
];
const vital: ReadonlySet<string> = new Set(["CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID"]);

/** Who this process is, and what it lacks. */
export function judgeRights(rights: RightFacts): Finding[] {
  const { uid, inUserNamespace, noNewPrivileges, filtered } = rights;
  const who = uid === 0 ? (inUserNamespace ? "root of a user namespace" : "root") : `user ${uid}`;
  return [
    ok("user", who),
    ...(uid === 0 ? [judgeCapabilities(rights)] : []),
    noNewPrivileges
      ? limited("no_new_privs", "set", { consequence: "setuid programs, as newuidmap, give nothing" })
      : ok("no_new_privs", "not set"),
    filtered
      ? limited("seccomp filter", "around this process", {
          consequence: "containers have it beside their own; calls that it refuses are missing here",
        })
      : ok("seccomp filter", "none around this process"),
  ];
}

function judgeCapabilities({ capabilities }: RightFacts): Finding {
  const has = new Set(capabilities);
  const lost = wanted.filter(([name]) => !has.has(name));
  if (lost.length === 0) return ok("capabilities", "all that are needed");
  const names = lost.map(([name]) => name).join(" ");
  const make = lost.some(([name]) => vital.has(name)) ? needed : limited;
  return make("capabilities", `without ${names}`, {
    consequence: `not to be had: ${lost.map(([, consequence]) => consequence).join("; ")}`,
    remedy: "an outer container or service must be given them (CapabilityBoundingSet=, --cap-add)",
  });
}

/** Programs beside the runtime. */
export function judgeTools({ criu, ps }: ToolFacts): Finding[] {
  return [
    criu === undefined
      ? missing("CRIU", "not installed", { consequence: "no checkpoints; tsrun has no command for them yet" })
      : limited("CRIU", criu, { consequence: "tsrun has no checkpoint command yet" }),
    ps
      ? ok("ps", "there")
      : limited("ps", "not installed", {
          consequence: "tsrun ps prints by --format json alone",
          remedy: "install procps",
        }),
  ];
}
