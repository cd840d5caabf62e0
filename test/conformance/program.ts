// Runs one validation program in namespaces of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { CgroupView } from "./cgroup-view.ts";
import type { Outcome } from "./verdict.ts";

/** delete waits through several timeouts of ten seconds by design, with a good runtime as well. */
const secondsAllowed = 90;

/** Where programs and runtime are, and where they run. */
export interface Setting {
  readonly view: CgroupView;
  /** Holds the programs, runtimetest and the root file system. */
  readonly folder: string;
  /** Absolute path. */
  readonly runtime: string;
}

/** A program's outcome, and what it and its runtime left behind. */
export interface Run extends Outcome {
  /** Containers that the program itself never deleted; the sandbox did. */
  readonly abandoned: readonly string[];
  /** Processes and mounts that outlived the deletion of every container. */
  readonly left: readonly string[];
}

function parseReport(report: string): { status: number; abandoned: string[]; left: string[] } {
  const facts = report.split("\n").filter((line) => line !== "");
  const status = facts.find((line) => line.startsWith("status "))?.slice("status ".length);
  if (status === undefined) {
    throw new Error(`the conformance sandbox did not run its program: ${report}`);
  }
  return {
    status: Number(status),
    abandoned: facts.filter((line) => line.startsWith("container ")),
    left: facts.filter((line) => line.startsWith("process ") || line.startsWith("mount ")),
  };
}

/**
 * Runs a program to its end, or stops it, with everything that it started.
 *
 * @param seconds after these it is stopped
 * @throws when the sandbox cannot be made (not root, no unshare)
 */
export async function runProgram(
  { view, folder, runtime }: Setting,
  program: string,
  seconds = secondsAllowed,
): Promise<Run> {
  const sandbox = resolve("test/conformance/sandbox.sh");
  const unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const child = spawn(
    "nsenter",
    [`--mount=${view.mountNamespace}`, ...unshare, "sh", sandbox, folder, program, String(seconds)],
    { env: { ...process.env, RUNTIME: runtime }, stdio: ["ignore", "pipe", "pipe", "pipe"] },
  );
  const pipes = child.stdio.filter((stream) => stream instanceof Readable);
  const ended = once(child, "exit");
  const [stdout = "", stderr = "", report = ""] = await Promise.all(pipes.map((pipe) => text(pipe)));
  await ended;
  return { stdout, stderr, ...parseReport(report) };
}
