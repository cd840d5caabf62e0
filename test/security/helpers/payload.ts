// What a program in a container has of its own, told by itself: descriptors, capabilities, signals, mounts, environment.
import { checkerPath } from "../../helpers/bundle.ts";
import type { Config } from "../../helpers/config.ts";
import { type Look, parseLook } from "../../helpers/look.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";

/** Busybox's shell ignores SIGQUIT by itself. */
const IGNORED_BY_SHELL = 0x4n;

const topics = ["status", "fds", "env", "mounts"];

/** The words of the program that tells, for `process.args` and for exec. */
export const payload: readonly string[] = ["/bin/sh", checkerPath, ...topics];

/** What a process has. */
export interface Payload {
  readonly descriptors: readonly string[];
  /** Sets in hexadecimal by their names of /proc/PID/status: CapInh, CapPrm, CapEff, CapBnd, CapAmb. */
  readonly capabilities: Readonly<Record<string, string>>;
  /** Masks in hexadecimal: pending (SigPnd, ShdPnd), blocked (SigBlk), ignored (SigIgn). */
  readonly signals: Readonly<Record<string, string>>;
  readonly mounts: Look["mounts"];
  readonly environment: ReadonlyMap<string, string>;
}

/** Reads what the program has printed. */
export function readPayload(output: string): Payload {
  const look = parseLook(output);
  const some = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, look.value(`status.${name}`)]));
  const { SigIgn = "", ...signals } = some(["SigPnd", "ShdPnd", "SigBlk", "SigIgn"]);
  const ignored = BigInt(`0x${SigIgn}`) & ~IGNORED_BY_SHELL;
  return {
    descriptors: look.descriptors(),
    capabilities: some(["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]),
    signals: { ...signals, SigIgn: ignored.toString(16) },
    mounts: look.mounts,
    environment: look.topic("env"),
  };
}

/** Runs a container whose program tells. */
export function runPayload(box: Sandbox, adjust: (config: Config) => void = () => {}): Payload {
  return readPayload(box.output(payload, adjust));
}

/** What a process has and nobody has given to it; the shell sets PWD, SHLVL and `_` itself. */
export function strays({ descriptors, signals, environment }: Payload, given: readonly string[]): string[] {
  const names = new Set([
    ...given.map((variable) => variable.replace(/=.*/s, "")),
    "PWD",
    "SHLVL",
    "_",
    "HOME",
  ]);
  return [
    ...descriptors.filter((number) => Number(number) > 2).map((number) => `descriptor ${number}`),
    ...Object.entries(signals)
      .filter(([, mask]) => !/^0+$/.test(mask))
      .map(([name, mask]) => `${name} ${mask}`),
    ...[...environment.keys()].filter((name) => !names.has(name)).map((name) => `variable ${name}`),
  ];
}
