import { type Finding, limited, missing, needed, ok } from "../finding.ts";
import type { Outcome } from "../read/calls.ts";
import type { ProcFacts } from "../read/proc.ts";
import type { ScratchFacts } from "../read/scratch.ts";
import type { MapHelperFacts, UserFacts } from "../read/users.ts";
import { describe } from "./kernel.ts";

/** Ids that images count on. */
const ENOUGH = 65_536;

/** Who asks. */
export interface Caller {
  /** Whether this is the host's root, who needs no user namespace. */
  readonly isRoot: boolean;
  /** Whether setuid programs give this process nothing. */
  readonly noNewPrivileges: boolean;
}

export function judgeNamespaces(scratch: ScratchFacts, users: UserFacts, { isRoot }: Caller): Finding[] {
  return [
    judgeUser(scratch.userNamespace, users, isRoot),
    judgeOthers(scratch.namespaces),
    scratch.mounts === ""
      ? ok("mounts", "can be changed")
      : needed("mounts", describe(scratch.mounts), {
          consequence: "no root file system can be set up",
          remedy:
            users.apparmorRestricts === 1 && !isRoot
              ? "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile for tsrun that allows userns"
              : "CAP_SYS_ADMIN: an outer container must be given it, or a seccomp and AppArmor profile that lets mount(2) through",
        }),
    scratch.newMount === ""
      ? ok("new tmpfs", "can be made")
      : limited("new tmpfs", describe(scratch.newMount), { consequence: "mounts are made by mount(2)" }),
    scratch.seals
      ? ok("sealing", "works")
      : limited("sealing", "refused (PR_SET_MM_MAP)", {
          consequence:
            "each create, run and exec starts over from a read-only mount of the executable: some ms slower, as safe",
          remedy: "a kernel with CONFIG_CHECKPOINT_RESTORE, and CAP_SYS_ADMIN",
        }),
    ...judgeIdMap(scratch.idMap),
  ];
}

function judgeUser(outcome: Outcome, users: UserFacts, isRoot: boolean): Finding {
  const name = "user namespaces";
  if (outcome === "") return ok(name, `can be made, up to ${users.maxUserNamespaces ?? "a number unknown"}`);
  const consequence = isRoot
    ? "containers with a user namespace are refused"
    : "an ordinary user can make no container";
  return (isRoot ? missing : needed)(name, describe(outcome), { consequence, remedy: userRemedy(users) });
}

function userRemedy({ maxUserNamespaces, unprivilegedClone }: UserFacts): string {
  if (maxUserNamespaces === 0) return "sysctl user.max_user_namespaces=15000";
  if (unprivilegedClone === 0) return "sysctl kernel.unprivileged_userns_clone=1";
  return "a kernel with CONFIG_USER_NS, and an outer container whose seccomp profile lets clone(2) make them";
}

function judgeOthers(namespaces: ScratchFacts["namespaces"]): Finding {
  const outcomes = Object.entries(namespaces);
  const failed = outcomes.filter(([, outcome]) => outcome !== "");
  if (failed.length === 0) return ok("other namespaces", outcomes.map(([type]) => type).join(" "));
  const text = failed.map(([type, outcome]) => `${type} ${describe(outcome)}`).join(", ");
  const isVital = failed.some(([type]) => type === "mount");
  return (isVital ? needed : missing)("other namespaces", text, {
    consequence: "containers that ask for them are refused",
    remedy:
      "CAP_SYS_ADMIN or a user namespace, a kernel that has them (CONFIG_*_NS), and sysctl user.max_*_namespaces above 0",
  });
}

const idMapRemedies: Readonly<Record<Outcome, string>> = {
  EINVAL: "a file system that has them, such as ext4, xfs, btrfs",
  EPERM: "CAP_SYS_ADMIN",
};

function judgeIdMap(outcome: Outcome | undefined): Finding[] {
  const name = "mounts with mapped ids";
  if (outcome === undefined) return [];
  if (outcome === "") return [ok(name, "work")];
  return [
    limited(name, describe(outcome), {
      consequence: "bind mounts with uidMappings are refused (Kubernetes' pods with hostUsers: false)",
      remedy: idMapRemedies[outcome] ?? "Linux 5.12 or later",
    }),
  ];
}

/** What an ordinary user needs to have more ids than one. */
export function judgeMapHelpers({ uid, gid }: UserFacts, { isRoot, noNewPrivileges }: Caller): Finding[] {
  if (isRoot) return [];
  return [
    judgeHelper("uid", uid, noNewPrivileges),
    judgeHelper("gid", gid, noNewPrivileges),
    judgeRange("uid", uid),
    judgeRange("gid", gid),
  ];
}

const single = "containers have one user alone, whom the caller is mapped to";

function judgeHelper(kind: "uid" | "gid", { path, privileged }: MapHelperFacts, powerless: boolean): Finding {
  const name = `new${kind}map`;
  if (path === undefined) {
    return missing(name, "not installed", {
      consequence: single,
      remedy: "install uidmap (elsewhere: shadow-utils)",
    });
  }
  if (!privileged) {
    const remedy = `chmod u+s ${path} by root, on a file system without nosuid`;
    return missing(name, `${path} has no privilege`, { consequence: single, remedy });
  }
  if (!powerless) return ok(name, path);
  return missing(name, "of no use under no_new_privs", {
    consequence: single,
    remedy: "start tsrun from where NoNewPrivileges is not set",
  });
}

function judgeRange(kind: "uid" | "gid", { ids }: MapHelperFacts): Finding {
  const name = `/etc/sub${kind}`;
  if (ids >= ENOUGH) return ok(name, `${ids} ids`);
  const remedy = `usermod --add-sub${kind}s FIRST-LAST USER, with ${ENOUGH} ids that nobody has`;
  return ids === 0
    ? missing(name, "no ids of this user", { consequence: single, remedy })
    : limited(name, `${ids} ids`, { consequence: `images have files of ids up to ${ENOUGH - 1}`, remedy });
}

/** Whether a container gets a /proc and a /sys of its own. */
export function judgeProc(proc: ProcFacts, scratch: ScratchFacts): Finding[] {
  return [
    judgeMounted(proc),
    judgeNew("new procfs", scratch.proc, scratch, proc),
    judgeNew("new sysfs", scratch.sysfs, scratch, proc),
    proc.terminals
      ? ok("terminals", "/dev/pts is there")
      : limited("terminals", "no devpts on /dev/pts", {
          consequence: "tsrun's own terminal may lack a name; containers bring a devpts along",
          remedy: "mount -t devpts devpts /dev/pts",
        }),
  ];
}

function judgeMounted({ mounted, readOnly, hiding }: ProcFacts): Finding {
  if (!mounted) {
    return needed("/proc", "no procfs", {
      consequence: "nothing is known of processes, mounts and cgroups",
      remedy: "mount -t proc proc /proc",
    });
  }
  if (readOnly) {
    return limited("/proc", "read-only", {
      consequence: "id maps and OOM scores of containers cannot be written",
      remedy: "an outer container must leave /proc writable",
    });
  }
  if (hiding.length === 0) return ok("/proc", "procfs");
  return limited("/proc", hiding.join(" "), {
    consequence: "processes of other users are not seen: ps and gc know less",
    remedy: "mount -o remount,hidepid=0 /proc",
  });
}

function judgeNew(name: string, outcome: Outcome, { mounts }: ScratchFacts, { covered }: ProcFacts): Finding {
  if (outcome === "") return ok(name, "can be mounted");
  const below = name === "new procfs" ? "/proc/" : "/sys/";
  const covers = covered.filter((path) => path.startsWith(below));
  const hidden = covers.length > 0 && outcome === "EPERM" && mounts === "";
  return limited(name, hidden ? `refused: ${covers.slice(0, 4).join(" ")} covered` : describe(outcome), {
    consequence: "in a user namespace containers can only have the host's bound (runtime-spec: type bind)",
    remedy: hidden
      ? "an outer container must be started with nothing masked (Podman: --security-opt unmask=ALL)"
      : "CAP_SYS_ADMIN, and a pid and a network namespace of its own",
  });
}
