import { by, each, type PropertyGroups, together } from "./evidence.ts";

const inside = "integration/seccomp";
const compile = "unit/seccomp/compile";
/** The filter of system calls. */
export const seccompProperties: PropertyGroups = {
  "linux.seccomp": {
    "linux.seccomp.defaultAction": by(
      compile,
      "compileSeccomp() returns each action's value, as a rule and as the default",
    ),
    "linux.seccomp.defaultErrnoRet": by(
      compile,
      "compileSeccomp() returns each action's value, as a rule and as the default",
    ),
    "linux.seccomp.architectures": by(
      compile,
      "compileSeccomp() knows the numbers of each architecture",
      "compileSeccomp() kills under an architecture that is neither named nor the machine's own",
    ),
    "linux.seccomp.flags": by(
      compile,
      "compileSeccomp() turns flags into bits, SPEC_ALLOW where there is no list",
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
    ...each(
      "linux.seccomp.syscalls[].",
      ["names", "action"],
      by(
        inside,
        "a program is under the filter and what it starts, too",
        "SCMP_ACT_KILL_PROCESS ends the program",
        "unknown names are left out with a warning",
      ),
    ),
    "linux.seccomp.syscalls[].errnoRet": by(inside, "SCMP_ACT_ERRNO with no errnoRet makes a call fail"),
    ...each(
      "linux.seccomp.syscalls[].args[].",
      ["index", "value", "valueTwo", "op"],
      together(
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
