import { by, each, type PropertyGroups, together } from "./evidence.ts";

const inside = "integration/seccomp";
const defaults = "integration/seccomp-defaults";
const compile = "unit/seccomp/compile";
/** The filter of system calls. */
export const seccompProperties: PropertyGroups = {
  "linux.seccomp": {
    "linux.seccomp.defaultAction": together(
      by(defaults, "defaultAction is what becomes of a call that no rule names"),
      by(compile, "compileSeccomp() returns each action's value, as a rule and as the default"),
    ),
    "linux.seccomp.defaultErrnoRet": by(
      defaults,
      "defaultErrnoRet is the errno of a call that no rule names",
    ),
    "linux.seccomp.architectures": together(
      by(
        defaults,
        "a filter kills what calls by an architecture that it does not name",
        "a filter lets programs of an architecture run that it names",
        "a filter's rules hold for each architecture that it names",
      ),
      by(compile, "compileSeccomp() knows the numbers of each architecture"),
      by("unit/container/features", "describeFeatures() claims the architectures that filters are made for"),
    ),
    "linux.seccomp.flags": together(
      by(
        defaults,
        ...["LOG", "SPEC_ALLOW", "TSYNC"].map(
          (name) => `the seccomp flag SECCOMP_FILTER_FLAG_${name} goes to the kernel with the filter`,
        ),
      ),
      by("integration/seccomp-notify", "flags TSYNC and WAIT_KILLABLE_RECV go with a listener"),
    ),
    ...each(
      "linux.seccomp.",
      ["listenerPath", "listenerMetadata"],
      by(
        "integration/seccomp-notify",
        "an agent gets the listener and the container process state before create ends",
        "an agent's answer is what its call returns",
      ),
    ),
  },
  "linux.seccomp.syscalls": {
    "linux.seccomp.syscalls[].names": by(
      inside,
      "a program is under the filter and what it starts, too",
      "hooks are not under the filter",
      "unknown names are left out with a warning",
    ),
    "linux.seccomp.syscalls[].action": together(
      by(
        defaults,
        ...["KILL", "KILL_THREAD", "KILL_PROCESS", "TRAP", "ERRNO", "TRACE", "LOG", "ALLOW"].map(
          (name) => `the action SCMP_ACT_${name} does what the kernel says of it`,
        ),
      ),
      by(
        "integration/seccomp-notify",
        "an agent's answer is what its call returns",
        "create refuses SCMP_ACT_NOTIFY without listenerPath",
      ),
    ),
    "linux.seccomp.syscalls[].errnoRet": by(
      inside,
      "SCMP_ACT_ERRNO with no errnoRet makes a call fail",
      "SCMP_ACT_ERRNO with 38 errnoRet makes a call fail",
    ),
    ...each(
      "linux.seccomp.syscalls[].args[].",
      ["index", "value", "valueTwo", "op"],
      together(
        by(
          defaults,
          ...["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"].map(
            (name) => `the operator SCMP_CMP_${name} compares an argument`,
          ),
        ),
        by(inside, "arguments decide"),
        by(compile, "compileSeccomp() compares 64 bits without a sign, with each operator"),
        by(
          "unit/seccomp/against-libseccomp",
          "compileSeccomp() decides as libseccomp about each operator at the edges of its words",
        ),
      ),
    ),
  },
};
