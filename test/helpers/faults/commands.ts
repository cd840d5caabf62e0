// The commands of the matrix: what each needs, how it is called, and what is true once it has succeeded or failed.
import assert from "node:assert/strict";
import { type CgroupFile, readCgroup } from "../cgroups.ts";
import type { Config } from "../config.ts";
import type { Result } from "../runtime.ts";
import type { Sandbox } from "../sandbox.ts";
import { faultBundles } from "./bundles.ts";

/** A container that a command is called on. */
export interface Case {
  readonly id: string;
  readonly args: readonly string[];
}

export interface Command {
  /** Makes what the command needs, and its command line. */
  readonly prepare: (box: Sandbox) => Case;
  /** Status of success and of failure, where those are not 0 and 1. */
  readonly success?: number;
  readonly failure?: number;
  /** What else must hold after its success. @param status what `state` says, undefined where there is no container */
  readonly succeeded?: (box: Sandbox, id: string, status: string | undefined, result: Result) => void;
  /** What else must hold after its failure. */
  readonly failed?: (box: Sandbox, id: string, status: string | undefined) => void;
}

const MiB = 2 ** 20;
const memoryLimit: CgroupFile = { v1: ["memory", "memory.limit_in_bytes"], v2: "memory.max" };

/** One bundle of a kind for each sandbox: the containers of the matrix are many. */
const bundles = new WeakMap<Sandbox, Map<string, string>>();

function bundleOf(box: Sandbox, kind: string, args: readonly string[]): string {
  const made = bundles.get(box) ?? new Map<string, string>();
  bundles.set(box, made);
  const key = `${kind} ${args.join(" ")}`;
  const path = made.get(key) ?? makeBundle(box, kind, args);
  made.set(key, path);
  return path;
}

function makeBundle(box: Sandbox, kind: string, args: readonly string[]): string {
  return box.bundle((config: Config) => {
    faultBundles[kind]?.(config);
    config.process.args = [...args];
    config.linux.resources = { ...config.linux.resources, memory: { limit: 64 * MiB } };
  });
}

const sleeper = ["/bin/sleep", "1000000"];
const plain = "the default bundle";

function created(box: Sandbox): string {
  const id = box.newId();
  box.succeed(["create", "--bundle", bundleOf(box, plain, sleeper), id]);
  return id;
}

function running(box: Sandbox): string {
  const id = created(box);
  box.succeed(["start", id]);
  return id;
}

function stopped(box: Sandbox): string {
  const id = running(box);
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  return id;
}

function paused(box: Sandbox): string {
  const id = running(box);
  box.succeed(["pause", id]);
  return id;
}

/** A command on a container that is there. */
function on(make: (box: Sandbox) => string, args: (id: string) => readonly string[]): Command["prepare"] {
  return (box) => {
    const id = make(box);
    return { id, args: args(id) };
  };
}

/** A command that makes a container. */
function making(args: readonly string[], kind: string, program: readonly string[]): Command["prepare"] {
  return (box) => {
    const id = box.newId();
    return { id, args: [...args, "--bundle", bundleOf(box, kind, program), id] };
  };
}

const is = (wanted: string) => (_box: Sandbox, id: string, status: string | undefined) =>
  assert.equal(status, wanted, `${id} is ${status}`);
const isGone = (_box: Sandbox, id: string, status: string | undefined) =>
  assert.equal(status, undefined, `${id} is ${status}`);
const isOneOf =
  (...wanted: string[]) =>
  (_box: Sandbox, id: string, status: string | undefined) =>
    assert.ok(wanted.includes(status ?? "gone"), `${id} is ${status}`);
const dies = (box: Sandbox, id: string) => box.untilStatus(id, "stopped");
const hasLimit = (limit: number) => (box: Sandbox, id: string) =>
  assert.equal(readCgroup(box, id, memoryLimit), String(limit));

const creating = (kind: string): Command => ({
  prepare: making(["create"], kind, sleeper),
  succeeded: is("created"),
  failed: isGone,
});

const runningAttached = (kind: string): Command => ({
  prepare: making(["run"], kind, ["/bin/sh", "-c", "exit 7"]),
  success: 7,
  succeeded: isGone,
});

export const commands = {
  create: creating(plain),
  "create with everything": creating("a bundle with everything"),
  run: runningAttached(plain),
  "run with everything": runningAttached("a bundle with everything"),
  "run --detach": { prepare: making(["run", "--detach"], plain, sleeper), succeeded: is("running") },
  start: { prepare: on(created, (id) => ["start", id]), succeeded: is("running") },
  exec: {
    prepare: on(running, (id) => ["exec", id, "/bin/sh", "-c", "exit 7"]),
    success: 7,
    failure: 255,
    succeeded: is("running"),
    failed: is("running"),
  },
  "exec --detach": {
    prepare: on(running, (id) => ["exec", "--detach", id, "/bin/true"]),
    failure: 255,
    succeeded: is("running"),
    failed: is("running"),
  },
  kill: { prepare: on(running, (id) => ["kill", id, "KILL"]), succeeded: dies },
  "kill --all": { prepare: on(running, (id) => ["kill", "--all", id, "KILL"]), succeeded: dies },
  pause: {
    prepare: on(running, (id) => ["pause", id]),
    succeeded: is("paused"),
    failed: isOneOf("running", "paused"),
  },
  resume: {
    prepare: on(paused, (id) => ["resume", id]),
    succeeded: is("running"),
    failed: isOneOf("running", "paused"),
  },
  update: {
    prepare: on(running, (id) => ["update", "--memory", String(32 * MiB), "--cpu-quota", "50000", id]),
    succeeded: hasLimit(32 * MiB),
    failed: hasLimit(64 * MiB),
  },
  delete: { prepare: on(stopped, (id) => ["delete", id]), succeeded: isGone },
  "delete --force": { prepare: on(running, (id) => ["delete", "--force", id]), succeeded: isGone },
  state: {
    prepare: on(running, (id) => ["state", id]),
    succeeded: (_box, id, _status, { stdout }) =>
      assert.equal((JSON.parse(stdout) as { status: string }).status, "running", id),
  },
  // What cannot be told of a container is a warning.
  list: { prepare: on(running, () => ["list"]) },
  ps: { prepare: on(running, (id) => ["ps", "--format", "json", id]) },
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof commands;
