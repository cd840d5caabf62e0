import { chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "./config.ts";
import type { CallOptions, Result } from "./runtime.ts";
import type { Sandbox } from "./sandbox.ts";

/** An ordinary user: no account, no group but its own, no privilege. */
export const ordinary = { uid: 61_234, gid: 61_234 } as const;

/** Executes its arguments as root of a new user namespace, in which that user alone has an id. */
export const asNamespaceRoot = ["unshare", "--user", "--map-root-user", "--mount"] as const;

/** What an ordinary user does in a sandbox of root's: bundles and the directory of containers are the user's. */
export class RootlessSandbox {
  readonly box: Sandbox;
  readonly user: Pick<CallOptions, "uid" | "gid" | "through">;

  constructor(box: Sandbox, user: Pick<CallOptions, "uid" | "gid" | "through"> = ordinary) {
    this.box = box;
    this.user = user;
    mkdirSync(box.root, { recursive: true });
    this.give(box.root);
  }

  /** Gives a path to the user. */
  give(path: string): void {
    chownSync(path, this.user.uid ?? ordinary.uid, this.user.gid ?? ordinary.gid);
  }

  /** A bundle with the config of `spec --rootless`, as the user calls it. */
  bundle(adjust: (config: Config) => void = () => {}): string {
    const bundle = this.box.bundle();
    const path = join(bundle, "config.json");
    rmSync(path);
    this.give(bundle);
    this.box.succeed(["spec", "--rootless", "--bundle", bundle], this.user);
    const config = JSON.parse(readFileSync(path, "utf8")) as Config;
    config.process.terminal = false;
    adjust(config);
    writeFileSync(path, JSON.stringify(config));
    return bundle;
  }

  call(args: readonly string[], options: CallOptions = {}): Result {
    return this.box.call(args, { ...this.user, ...options });
  }

  succeed(args: readonly string[], options: CallOptions = {}): Result {
    return this.box.succeed(args, { ...this.user, ...options });
  }

  fail(args: readonly string[], options: CallOptions = {}): string {
    return this.box.fail(args, { ...this.user, ...options });
  }

  /** Runs a container in the foreground. */
  run(adjust: (config: Config) => void, options: CallOptions & { flags?: readonly string[] } = {}): Result {
    const { flags = [], ...rest } = options;
    return this.call([...flags, "run", "--bundle", this.bundle(adjust), this.box.newId()], rest);
  }

  /** What a shell script prints in a container; fails unless it succeeds, and without a word of the runtime's. */
  output(script: string, adjust: (config: Config) => void = () => {}, options: CallOptions = {}): string {
    const result = this.run((config) => {
      config.process.args = ["/bin/sh", "-c", script];
      adjust(config);
    }, options);
    if (result.status !== 0 || result.stderr !== "")
      throw new Error(`status ${result.status}: ${result.stderr}`);
    return result.stdout;
  }

  /** Creates a container and returns its id. */
  create(args: readonly string[], adjust: (config: Config) => void = () => {}): string {
    const id = this.box.newId();
    const bundle = this.bundle((config) => {
      config.process.args = [...args];
      adjust(config);
    });
    this.succeed(["create", "--bundle", bundle, id]);
    return id;
  }
}
