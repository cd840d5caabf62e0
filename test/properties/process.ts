import { by, each, type PropertyGroups, together } from "./evidence.ts";

const file = "integration/process";
const sockets = "integration/terminal-sockets";
const attributes = "integration/attributes";
const capabilities = by(
  file,
  "a user's capabilities with empty sets are config.json's",
  "a user's capabilities with all five alike are config.json's",
  "a user's capabilities with a bounding set larger than the others are config.json's",
  "create refuses inheritable capabilities that the bounding set lacks",
  "a container without capabilities in config.json has none",
  "root's capabilities are no more than the bounding set, and never inheritable by default",
  "an unknown capability is a warning",
);
const scheduler = by(
  attributes,
  "the scheduler of SCHED_OTHER, less is the process's",
  "the scheduler of SCHED_BATCH is the process's",
  "the scheduler of SCHED_IDLE is the process's",
  "the scheduler of SCHED_FIFO is the process's",
  "the scheduler of SCHED_RR is the process's",
  "the scheduler of SCHED_DEADLINE is the process's",
  "the scheduler needs no capability of the program's, nor its user's",
);
const user = by(
  file,
  "the container's ids, groups and umask are config.json's",
  "the container has none of the runtime's groups, and the usual umask",
);

/** The container's process. */
export const processProperties: PropertyGroups = {
  "process.terminal": {
    "process.terminal": together(
      by(
        "integration/terminal",
        "run relays a terminal: what the container shows, what the user types, its exit status",
      ),
      by(
        sockets,
        "create sends the container's terminal to --console-socket",
        "create gives the terminal to the container's user and makes it the controlling one",
      ),
    ),
  },
  "process.consoleSize": each(
    "process.consoleSize",
    [".height", ".width"],
    by(sockets, "create gives the terminal the size of process.consoleSize"),
  ),
  "process.cwd": {
    "process.cwd": by(
      file,
      "the working directory is config.json's",
      "a working directory that is missing is made",
    ),
  },
  "process.env": {
    "process.env": by(
      file,
      "the environment is config.json's and nothing else",
      "a variable that is given twice has its last value",
      "HOME of uid 0 comes from the container's passwd: /root",
    ),
  },
  "process.args": {
    "process.args": together(
      by(file, "the program is looked up in the container's PATH"),
      by("integration/large", "run takes arguments of a megabyte, the longest that there are, of any text"),
    ),
  },
  "process.user": {
    ...each("process.user.", ["uid", "gid", "umask"], user),
    "process.user.additionalGids": together(
      user,
      by("integration/rootless", "rootless: additionalGids are refused where setgroups is denied"),
      by(
        "integration/rootless-ids",
        "rootless: with mapped ids there are other users, and additional groups",
      ),
    ),
  },
  "process.rlimits": each(
    "process.rlimits[].",
    ["type", "soft", "hard"],
    by(
      file,
      "rlimits are config.json's, each soft and hard",
      "the largest number of 64 bits is no limit",
      "a limit of open files that config.json does not set is the caller's",
    ),
  ),
  "process.capabilities": each(
    "process.capabilities.",
    ["bounding", "effective", "inheritable", "permitted", "ambient"],
    capabilities,
  ),
  "process.noNewPrivileges": {
    "process.noNewPrivileges": by(
      file,
      "noNewPrivileges true is what the container has",
      "noNewPrivileges false is what the container has",
    ),
  },
  "process.apparmorProfile": {
    "process.apparmorProfile": by(
      "integration/labels",
      "apparmorProfile confines the program as another user",
      "apparmorProfile that is not loaded fails create with its name and what to do",
      "apparmorProfile is refused where AppArmor is off",
    ),
  },
  "process.selinuxLabel": {
    "process.selinuxLabel": by(
      "integration/labels",
      "selinuxLabel is what the program runs as",
      "selinuxLabel is refused where SELinux is off",
    ),
  },
  "process.oomScoreAdj": {
    "process.oomScoreAdj": by(file, "oomScoreAdj is config.json's, or the caller's"),
  },
  "process.scheduler": {
    ...each("process.scheduler.", ["nice", "priority", "runtime", "deadline", "period"], scheduler),
    "process.scheduler.policy": together(
      scheduler,
      by("unit/security/attributes", "schedulerAttributes() knows SCHED_ISO as the kernel's 4"),
    ),
    "process.scheduler.flags": together(
      scheduler,
      by(
        "unit/security/attributes",
        "schedulerAttributes() knows SCHED_FLAG_KEEP_PARAMS as bit 4",
        "checkKernel() refuses utilization clamps where the kernel has none",
      ),
    ),
  },
  "process.ioPriority": each(
    "process.ioPriority.",
    ["class", "priority"],
    by(
      attributes,
      "the ioPriority IOPRIO_CLASS_RT is the process's",
      "the ioPriority IOPRIO_CLASS_BE is the process's",
      "the ioPriority IOPRIO_CLASS_IDLE is the process's",
    ),
  ),
  "process.execCPUAffinity": each(
    "process.execCPUAffinity.",
    ["initial", "final"],
    together(
      by(attributes, "execCPUAffinity does not pin the container's own process"),
      by(
        "unit/security/cpu-affinity",
        "applyInitialAffinity() and applyFinalAffinity() pin the process before and after",
      ),
    ),
  ),
};
