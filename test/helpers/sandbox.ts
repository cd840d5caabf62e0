import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { makeBundle } from "./bundle.ts";
import type { Config } from "./config.ts";
import { destroyCgroup } from "./destroy-cgroup.ts";
import { cgroups, processesMarked } from "./leftovers.ts";
import { type Look, parseLook } from "./look.ts";
import { hostMounts } from "./mountinfo.ts";
import { sandboxPrefix } from "./other-tests.ts";
import { type CallOptions, call, lastLine, type Result, type Running, start } from "./runtime.ts";
import { until } from "./wait.ts";

let bundles = 0;

/** What `state` prints. */
export interface State {
  ociVersion: string;
  id: string;
  pid: number;
  status: string;
  bundle: string;
  rootfs?: string;
  created?: string;
  annotations?: Record<string, string>;
}

/**
 * A temporary directory with a `--root`, bundles and containers of its own. Closing it deletes the containers and
 * fails if any of them left a cgroup, a mount or state behind.
 */
export class Sandbox {
  readonly directory = mkdtempSync(join(tmpdir(), `${sandboxPrefix}-`));
  readonly root = join(this.directory, "state");
  readonly #prefix = basename(this.directory);
  readonly #defaults: CallOptions;
  #ids = 0;

  /** @param defaults how the runtime is called where a call does not say otherwise */
  constructor(defaults: CallOptions = {}) {
    this.#defaults = defaults;
    // A container's root without privileges must get to its bundle.
    chmodSync(this.directory, 0o755);
  }

  /** A container id that no other test uses. */
  newId(): string {
    return `${this.#prefix}-${++this.#ids}`;
  }

  /** A new directory below this sandbox. */
  folder(name: string): string {
    const path = join(this.directory, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** A file's text. */
  read(path: string): string {
    return readFileSync(path, "utf8");
  }

  /** Puts a symlink where an empty directory or file of an image was. */
  replaceBySymlink(path: string, target: string): void {
    rmSync(path, { recursive: true });
    symlinkSync(target, path);
  }

  /** Makes a bundle and returns its directory. */
  bundle(adjust: (config: Config) => void = () => {}): string {
    const directory = join(this.directory, `bundle-${++bundles}`);
    makeBundle(directory, adjust);
    return directory;
  }

  /** Calls the runtime with this sandbox's `--root`. */
  call(args: readonly string[], options: CallOptions = {}): Result {
    return call(this.directory, ["--root", this.root, ...args], this.#with(options));
  }

  /** The same without waiting for its end. */
  start(args: readonly string[], options: CallOptions = {}): Running {
    return start(this.directory, ["--root", this.root, ...args], this.#with(options));
  }

  #with(options: CallOptions): CallOptions {
    return { ...this.#defaults, ...options, env: { ...this.#defaults.env, ...options.env } };
  }

  /** Calls the runtime and fails unless it succeeds. */
  succeed(args: readonly string[], options: CallOptions = {}): Result {
    const result = this.call(args, options);
    assert.equal(result.status, 0, `${args.join(" ")}: ${result.stderr || `signal ${result.signal}`}`);
    return result;
  }

  /** Calls the runtime and fails unless it fails with one clear last line, which is returned. */
  fail(args: readonly string[], options: CallOptions = {}): string {
    const result = this.call(args, options);
    assert.equal(result.signal, null, `${args.join(" ")} hung`);
    assert.notEqual(result.status, 0, `${args.join(" ")} succeeded: ${result.stdout}`);
    assert.notEqual(lastLine(result), "", "a failure must say what failed");
    return lastLine(result);
  }

  /** Runs a container in the foreground. */
  run(adjust: (config: Config) => void, options: CallOptions & { flags?: readonly string[] } = {}): Result {
    const { flags = [], ...rest } = options;
    return this.call(["run", "--bundle", this.bundle(adjust), ...flags, this.newId()], rest);
  }

  /** Runs `args` in a container and returns what they print; fails unless they succeed. */
  output(args: readonly string[], adjust: (config: Config) => void = () => {}): string {
    const result = this.run((config) => {
      config.process.args = [...args];
      adjust(config);
    });
    assert.equal(result.status, 0, result.stderr);
    return result.stdout;
  }

  /** Runs the checker in a container and returns what it saw of the given topics. */
  look(topics: readonly string[], adjust: (config: Config) => void = () => {}): Look {
    return parseLook(this.output(["/bin/sh", "/checker", ...topics], adjust));
  }

  /** Creates a container that runs `args` once it is started, and returns its id. */
  create(
    args: readonly string[],
    adjust: (config: Config) => void = () => {},
  ): { id: string; output: () => string } {
    const id = this.newId();
    const bundle = this.bundle((config) => {
      config.process.args = [...args];
      adjust(config);
    });
    const { stdoutFile } = this.succeed(["create", "--bundle", bundle, id]);
    return { id, output: () => readFileSync(stdoutFile, "utf8") };
  }

  /** A container that runs until it is killed. */
  running(adjust: (config: Config) => void = () => {}): string {
    const { id } = this.create(["/bin/sleep", "1000000"], adjust);
    this.succeed(["start", id]);
    return id;
  }

  state(id: string): State {
    return JSON.parse(this.succeed(["state", id]).stdout) as State;
  }

  /** Waits until the container has the status. */
  untilStatus(id: string, status: string): void {
    until(`${id} to be ${status}`, () => this.state(id).status === status);
  }

  /** The containers whose state lies under this sandbox's root. */
  containers(): string[] {
    return existsSync(this.root)
      ? readdirSync(this.root).filter((name) => name.startsWith(this.#prefix))
      : [];
  }

  /** Fails if a container of this sandbox still has state, a cgroup or a mount that the host sees. */
  assertEmpty(): void {
    assert.deepEqual(this.containers(), [], "state was left");
    until(`the cgroups of ${this.#prefix} to go`, () => !this.#cgroups().length);
    until(`the processes of ${this.#prefix} to end`, () => !processesMarked(this.directory).length);
    const mounts = hostMounts().filter((mount) => mount.line.includes(this.directory));
    assert.deepEqual(mounts, [], "a mount was left on the host");
  }

  #cgroups(): string[] {
    return [...cgroups()].filter((path) => path.includes(this.#prefix));
  }

  /** Deletes the containers and fails if anything of them remains. */
  close(): void {
    for (const id of this.containers()) {
      this.succeed(["delete", "--force", id]);
    }
    this.assertEmpty();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Cleans up after a failed test, without the runtime's help where it gives none. */
  abandon(): void {
    for (const id of this.containers()) {
      this.call(["delete", "--force", id]);
    }
    rmSync(this.directory, { recursive: true, force: true });
    for (const cgroup of this.#cgroups().reverse()) {
      destroyCgroup(cgroup);
    }
  }
}
