// Every system call of a command's own, failed once, by strace.
import assert from "node:assert/strict";
import type { Sandbox } from "../sandbox.ts";
import { type Case, type Command, type CommandName, commands } from "./commands.ts";
import { type Errno, errnosFor, isFull } from "./errnos.ts";
import { fallible, ownCalls, placeOf } from "./own-calls.ts";
import { type Traced, type TracedCall, trace } from "./trace.ts";
import { assertClear, assertEnded, assertGoes, assertTold } from "./verdict.ts";

/** So often a fault is tried again that has struck a call of the engine's: those are not always the same. */
const TRIES = 5;

/** What tests of the matrix counted. */
export interface Coverage {
  readonly faults: number;
  /** Places that no try has struck. */
  readonly missed: readonly string[];
  /** What was not as it should be, a line for each fault. */
  readonly failures: readonly string[];
}

/** What the ids of a sandbox's containers, and so their paths, have in common. */
function markerOf(box: Sandbox): string {
  return box.newId().replace(/-\d+$/, "");
}

/** The calls to fail: all of them in the full size, else the first at each place. */
function sites(calls: readonly TracedCall[], marker: string): TracedCall[] {
  const own = fallible(ownCalls(calls, marker));
  if (isFull) return own;
  const places = new Map(own.map((call) => [placeOf(call, marker), call] as const).reverse());
  return [...places.values()].reverse();
}

/** Fails each call of a command once and judges what it does. */
export function failEachCall(box: Sandbox, name: CommandName): Coverage {
  const command: Command = commands[name];
  const marker = markerOf(box);
  const calls = sites(plainCalls(box, command), marker);
  const missed: string[] = [];
  const failures: string[] = [];
  let faults = 0;
  for (const [index, call] of calls.entries()) {
    for (const errno of errnosFor(index + name.length)) {
      const verdict = strike(box, { name, command, marker }, call, errno);
      if (verdict === undefined) missed.push(placeOf(call, marker));
      else faults++;
      if (verdict !== undefined && verdict !== "") failures.push(verdict);
    }
  }
  return { faults, missed, failures };
}

/** What the command calls where nothing fails; the second time, as the first has loaded what the machine keeps. */
function plainCalls(box: Sandbox, command: Command): readonly TracedCall[] {
  const traced = [1, 2].map(() => {
    const { id, args } = command.prepare(box);
    const each = trace(box, args);
    assert.equal(each.result.status, command.success ?? 0, each.result.stderr);
    assertGoes(box, id, args.join(" "));
    return each;
  });
  return traced[1]?.calls ?? [];
}

interface Subject {
  readonly name: CommandName;
  readonly command: Command;
  readonly marker: string;
}

/** @returns what is wrong, or "" where nothing is; undefined where no call of ours was struck */
function strike(box: Sandbox, subject: Subject, call: TracedCall, errno: Errno): string | undefined {
  const { command, marker } = subject;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const container = command.prepare(box);
    const traced = trace(box, container.args, {
      name: call.name,
      ordinal: call.ordinal,
      action: `error=${errno}`,
    });
    const hit = traced.calls.find(({ injected }) => injected);
    if (hit === undefined || !ownCalls(traced.calls, marker).includes(hit)) {
      box.call(["delete", "--force", container.id]);
      continue;
    }
    const what = `${subject.name}: ${errno} of ${placeOf(hit, marker)}`;
    return judge(box, subject, container, traced, what);
  }
  return undefined;
}

function judge(box: Sandbox, { command }: Subject, { id }: Case, { result }: Traced, what: string): string {
  try {
    assertEnded(box, result, what);
    const status = assertTold(box, id, what);
    if (result.status === (command.success ?? 0)) command.succeeded?.(box, id, status, result);
    else {
      assertClear(result, command.failure ?? 1, what);
      command.failed?.(box, id, status);
    }
    assertGoes(box, id, what);
    return "";
  } catch (error) {
    // The next one begins with nothing left.
    box.call(["delete", "--force", id]);
    return `${what}: status ${result.status}: ${messageOf(error)} <${result.stderr.trimEnd()}>`;
  }
}

function messageOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause === undefined ? message : `${message}: ${messageOf(cause)}`;
}
