// What the tests of engines in the VM share: commands, daemons and an image of busybox.
import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { hasSystemd } from "../../helpers/cgroups.ts";
import { assertNothingLeft, takeSnapshot } from "../../helpers/leftovers.ts";
import { skipUnless } from "../../helpers/skip.ts";

/** What an engine's command may take before it counts as hung, in milliseconds. */
const COMMAND_MS = 60_000;

/** Runs a command to its end. */
export function run(command: readonly string[], input = ""): SpawnSyncReturns<string> {
  const [name = "", ...args] = command;
  return spawnSync(name, args, { encoding: "utf8", input, timeout: COMMAND_MS, killSignal: "SIGKILL" });
}

/** The same, and fails unless it succeeds. @returns its standard output without the last newline */
export function succeed(command: readonly string[], input = ""): string {
  const { status, signal, stdout, stderr } = run(command, input);
  assert.equal(status, 0, `${command.join(" ")}: ${stderr || stdout || `signal ${signal}`}`);
  return stdout.trimEnd();
}

/** A property of a unit, as systemctl show prints it. */
export const propertyOf = (unit: string, name: string): string =>
  succeed(["systemctl", "show", "--value", "--property", name, unit]);

/**
 * A folder for an engine's files, on the VM's disk, with an image's root file system; what is started here ends with the
 * test file.
 */
export class EngineFolder {
  readonly path = mkdtempSync("/var/lib/tsrun-engine-");
  readonly rootfs = join(this.path, "rootfs");
  /** The root file system as an archive. */
  readonly archive = join(this.path, "rootfs.tar");
  readonly #ends: (() => Promise<void>)[] = [];

  constructor() {
    const bin = join(this.rootfs, "bin");
    mkdirSync(bin, { recursive: true });
    succeed(["cp", "/bin/busybox", bin]);
    succeed(["sh", "-c", `for name in $(busybox --list); do ln -s busybox "$1/$name" || :; done`, "sh", bin]);
    succeed(["tar", "-C", this.rootfs, "-cf", this.archive, "."]);
  }

  /** Writes a file here. @returns its path */
  write(name: string, content: string): string {
    const path = join(this.path, name);
    writeFileSync(path, content);
    return path;
  }

  /** Starts a daemon, which is asked to end after the tests. */
  start(command: readonly string[]): void {
    const [name = "", ...args] = command;
    const out = openSync(join(this.path, `${name}.log`), "w");
    const child = spawn(name, args, { stdio: ["ignore", out, out] });
    closeSync(out);
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    this.#ends.unshift(() => {
      child.kill("SIGTERM");
      return ended;
    });
  }

  async close(): Promise<void> {
    for (const end of this.#ends) await end();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/**
 * Tests of an engine in the VM, which leave nothing there.
 * @param start makes the engine usable; @param end undoes what the end of its daemons does not
 */
export function engineTests(start: (folder: EngineFolder) => void, end: () => void = () => {}) {
  const folder = hasSystemd ? openFolder(start, end) : undefined;
  return (name: string, body: (folder: EngineFolder) => void): void => {
    test(name, (t) => {
      if (skipUnless(t, folder !== undefined, "systemd") && folder !== undefined) body(folder);
    });
  };
}

function openFolder(start: (folder: EngineFolder) => void, end: () => void): EngineFolder {
  const before = takeSnapshot();
  const folder = new EngineFolder();
  after(async () => {
    end();
    await folder.close();
    assertNothingLeft(before);
  });
  start(folder);
  return folder;
}
