import { type Finding, limited, missing, ok } from "../finding.ts";
import type { SystemdAnswer, SystemdFacts } from "../read/systemd.ts";

const without = "--systemd-cgroup is refused (engines: use the cgroupfs driver)";

/** @param isRoot whether this is the host's root, who asks the machine's systemd; others ask their own */
export function judgeSystemd({ booted, library, system, user }: SystemdFacts, isRoot: boolean): Finding[] {
  if (!booted) return [missing("systemd", "not the first process", { consequence: without })];
  if (!library) {
    return [
      missing("libsystemd", "cannot be loaded", {
        consequence: without,
        remedy: "install libsystemd0 (elsewhere: systemd-libs)",
      }),
    ];
  }
  return [
    ok("libsystemd", "can be loaded"),
    judgeAnswer("systemd", system, isRoot, "systemctl status dbus.service"),
    judgeAnswer(
      "user's systemd",
      user,
      !isRoot,
      "log in as that user, or loginctl enable-linger USER; XDG_RUNTIME_DIR",
    ),
  ];
}

/** @param wanted whether this user's containers are that systemd's */
function judgeAnswer(
  name: string,
  answer: SystemdAnswer | undefined,
  wanted: boolean,
  remedy: string,
): Finding {
  if (answer !== undefined && answer.refusal === undefined) {
    return ok(name, answer.version > 0 ? `version ${answer.version}` : "answers");
  }
  const found = answer?.refusal ?? "no address of it";
  const consequence = wanted ? without : "of no consequence for this user's containers";
  return wanted ? missing(name, found, { consequence, remedy }) : limited(name, found, { consequence });
}
