// A command under strace(1): each system call of its main thread, where in memory it was made, and one that strace fails.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type CallOptions, call, type Result } from "../runtime.ts";
import type { Sandbox } from "../sandbox.ts";

/** A line of strace's: `[ip] name(arguments) = result`. */
export interface TracedCall {
  /** Address of the instruction behind the call, hexadecimal. */
  readonly ip: string;
  readonly name: string;
  /** As strace prints them, with what each descriptor stands for. */
  readonly args: string;
  readonly result: string;
  /** How many calls of that name the thread has made, with this one: what strace's `when=` counts. */
  readonly ordinal: number;
  /** Whether strace has failed it. */
  readonly injected: boolean;
}

/** What strace does to the n-th call of a name. */
export interface Injection {
  readonly name: string;
  readonly ordinal: number;
  /** `error=EPERM`, `signal=SIGKILL`. */
  readonly action: string;
}

export interface Traced {
  readonly result: Result;
  readonly calls: readonly TracedCall[];
}

/** Characters of a text that strace shows: more than a path of the tests has. */
const TEXT = "300";

const line = /^\[([0-9a-f]+)\] (\w+)\((.*?)\)? += (\S+)(.*)$/;

let traces = 0;

/** Calls the runtime under strace; without an injection that fails nothing. Children are not followed. */
export function trace(
  box: Sandbox,
  args: readonly string[],
  injection?: Injection,
  options: CallOptions = {},
): Traced {
  const file = join(box.directory, `trace-${++traces}`);
  const inject =
    injection === undefined
      ? []
      : ["-e", `inject=${injection.name}:${injection.action}:when=${injection.ordinal}`];
  const through = ["strace", "-qq", "-i", "-y", "-s", TEXT, "-e", "signal=none", "-o", file, ...inject];
  const result = call(box.directory, ["--root", box.root, ...args], { ...options, through });
  return { result, calls: parseTrace(readFileSync(file, "utf8")) };
}

/** The calls in strace's output. */
export function parseTrace(text: string): TracedCall[] {
  const counts = new Map<string, number>();
  return text.split("\n").flatMap((each) => {
    const [, ip = "", name = "", args = "", result = "", rest = ""] = line.exec(each) ?? [];
    if (name === "") return [];
    const ordinal = (counts.get(name) ?? 0) + 1;
    counts.set(name, ordinal);
    return [{ ip, name, args, result, ordinal, injected: rest.includes("(INJECTED)") }];
  });
}
