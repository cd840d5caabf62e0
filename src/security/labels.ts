import { TsrunError } from "../base/errors.ts";
import type { Process } from "../oci/types.ts";
import { errnoName } from "../sys/errno.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { O_WRONLY } from "../sys/files.ts";
import { Procfs } from "../sys/procfs.ts";
import { isErrno, SyscallError } from "../sys/syscall-error.ts";

/** A security module's profile or label for a process, and how messages speak of it. */
interface Setting {
  /** What fails, in runc's words, which engines show. */
  readonly text: string;
  readonly pointer: string;
  /** What is written. */
  readonly value: string;
  /** Where, below /proc: the first that is there. */
  readonly places: readonly string[];
  /** What can be done, by the errno's name. */
  readonly hints: Readonly<Record<string, string>>;
}

/** A setting whose file is open. */
interface Attribute extends Setting {
  readonly file: Fd;
  readonly place: string;
}

/**
 * The AppArmor profile and the SELinux label of a process that is about to execute its program: attributes that the
 * kernel takes from the process itself alone (proc_pid_attr(5)). They are opened while the host's /proc can still be
 * reached and nothing of the container's is (CVE-2019-16884), and written once the process is nearly the container's.
 */
export class ProcessLabels implements Disposable {
  readonly #k: Executor;
  readonly #atExec: readonly Attribute[];
  readonly #ofKeys: Attribute | undefined;

  private constructor(k: Executor, atExec: readonly Attribute[], ofKeys: Attribute | undefined) {
    this.#k = k;
    this.#atExec = atExec;
    this.#ofKeys = ofKeys;
  }

  /** Opens what will be written. @throws TsrunError that names the profile or label */
  static open(k: Executor, { apparmorProfile = "", selinuxLabel = "" }: Process): ProcessLabels {
    using proc = Procfs.open(k, "processes");
    const settings = [
      ...(apparmorProfile === "" ? [] : [apparmor(apparmorProfile)]),
      ...(selinuxLabel === "" ? [] : [selinux(selinuxLabel)]),
    ];
    const atExec = settings.map((setting) => openAttribute(k, proc, setting));
    return new ProcessLabels(
      k,
      atExec,
      selinuxLabel === "" ? undefined : openAttribute(k, proc, keys(selinuxLabel)),
    );
  }

  /** Labels the keys that the process makes from here until execve(2): its session keyring. @throws TsrunError */
  labelKeys(): void {
    if (this.#ofKeys !== undefined) write(this.#k, this.#ofKeys);
  }

  /**
   * Has the next execve(2) change the profile and the label; nothing before it takes that back. Before no_new_privs,
   * under which a confined process may not ask for another profile.
   * @throws TsrunError that names the profile or label
   */
  applyAtExec(): void {
    for (const attribute of this.#atExec) write(this.#k, attribute);
  }

  [Symbol.dispose](): void {
    for (const { file } of this.#atExec) file[Symbol.dispose]();
    this.#ofKeys?.file[Symbol.dispose]();
  }
}

function apparmor(profile: string): Setting {
  return {
    text: `unable to apply apparmor profile ${JSON.stringify(profile)}`,
    pointer: "/process/apparmorProfile",
    value: `exec ${profile}`,
    // The directory of its own is there since Linux 5.8; the other is that of the first security module.
    places: ["self/attr/apparmor/exec", "self/attr/exec"],
    hints: {
      ENOENT: "no profile of that name is loaded: apparmor_parser -r FILE loads it",
      EACCES: "the profile that tsrun itself runs under does not allow the change",
    },
  };
}

function selinux(label: string): Setting {
  return {
    text: `can't set process label ${JSON.stringify(label)}`,
    pointer: "/process/selinuxLabel",
    value: label,
    places: ["self/attr/exec"],
    hints: {
      EINVAL: "the loaded policy has no such context",
      EACCES: "the policy does not allow it to the domain that tsrun itself runs in",
    },
  };
}

function keys(label: string): Setting {
  return {
    ...selinux(label),
    text: `can't set the label of keys ${JSON.stringify(label)}`,
    places: ["self/attr/keycreate"],
  };
}

function openAttribute(k: Executor, proc: Procfs, setting: Setting): Attribute {
  const [place = "", ...others] = setting.places;
  try {
    return { ...setting, place, file: proc.open(place, O_WRONLY) };
  } catch (error) {
    if (others.length > 0 && isErrno(error, "ENOENT")) {
      return openAttribute(k, proc, { ...setting, places: others });
    }
    if (error instanceof SyscallError) throw failure(setting, place, "open", error.errno);
    throw error;
  }
}

/** In one write(2), as the kernel wants it. */
function write(k: Executor, attribute: Attribute): void {
  const data = new TextEncoder().encode(attribute.value);
  const result = k.attempt({
    name: "write",
    args: [attribute.file.number, k.memory.data(data), data.length],
  });
  if (result < 0) throw failure(attribute, attribute.place, "write", -result);
}

/** Podman tells a failure of a label by the path between back quotes at the end of its subject. */
function failure({ text, pointer, hints }: Setting, place: string, call: string, errno: number): TsrunError {
  const hint = hints[errnoName(errno)];
  return new TsrunError(text, {
    cause: new SyscallError(call, errno, `\`/proc/${place}\``),
    pointer,
    ...(hint === undefined ? {} : { hint }),
  });
}
