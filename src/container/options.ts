import type { RuntimeProcess } from "./runtime-process.ts";

/** What the global flags say. */
export interface RuntimeOptions {
  /** Directory that holds a directory for each container. */
  readonly root: string;
  readonly systemdCgroup: boolean;
  readonly rootless: "auto" | boolean;
}

/** What `create` and `run` are asked for. */
export interface CreateRequest {
  readonly id: string;
  /** Absolute path. */
  readonly bundle: string;
  readonly pidFile?: string;
  readonly consoleSocket?: string;
  readonly pidfdSocket?: string;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  /** Descriptors after stdio that the container keeps. */
  readonly preserveFds: number;
  /** Leave a stopped container where init fails once it is in its root, as runc does: engines delete it (BuildKit). */
  readonly keepsFailed?: boolean | undefined;
  /** This process, where it stays until the container has ended and deletes it then. */
  readonly runtime?: RuntimeProcess | undefined;
}
