import { containerTexts, TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import type { Config } from "../oci/types.ts";
import { permitsWrite } from "../seccomp/mute.ts";
import { loadNative } from "../sys/koffi.ts";
import { ContainerDirectory } from "./directory.ts";
import { type LastFailure, open } from "./gate.ts";
import { runHooks, runsHooks } from "./hooks.ts";
import { rootOf } from "./init-root.ts";
import { listenForReady } from "./notify-socket.ts";
import type { RuntimeOptions } from "./options.ts";
import { deathAtStart, deathByMemory } from "./out-of-memory.ts";
import { pidfdOf } from "./pidfd.ts";
import type { ContainerRecord } from "./record.ts";
import { savedConfig } from "./saved-config.ts";
import { shield } from "./shield.ts";
import { allowed, statusOf } from "./status.ts";

/** What only a failure needs. */
const startFailure = lazy(() => require("./start-failure.ts") as typeof import("./start-failure.ts"));
const teardown = lazy(() => require("./tear-down.ts") as typeof import("./tear-down.ts"));
const lastWords = lazy(() => require("./last-words.ts") as typeof import("./last-words.ts"));

/**
 * Starts the program of a created container and returns once it runs (runtime-spec runtime.md "start"), or with
 * NOTIFY_SOCKET once it says that it is ready.
 * @throws TsrunError when the container is in another status, a hook fails or the program cannot be executed
 */
export function start(options: RuntimeOptions, id: string): void {
  loadNative();
  const directory = ContainerDirectory.of(options, id);
  // The lock is create's until it has ended: its hook that started the container would wait for itself.
  if (statusOf(directory, directory.read()) === "creating") throw new TsrunError(containerTexts.creating);
  using _lock = directory.lock(true);
  const record = directory.read();
  const status = statusOf(directory, record, true);
  if (status === "stopped") {
    const cause = deathByMemory(record, () => savedConfig(directory));
    throw new TsrunError(containerTexts.stopped, { cause });
  }
  if (status === "paused") throw new TsrunError("cannot start a container in the paused state");
  if (!allowed.start.some((name) => name === status)) throw new TsrunError(containerTexts.running);
  const config = savedConfig(directory);
  if (runsHooks("startContainer", config)) shield(0);
  using ready = listenForReady(directory.path, record.pid);
  using init = ready === undefined ? undefined : pidfdOf(record);
  startLocked(directory, record, config);
  _lock?.[Symbol.dispose]();
  if (init !== undefined) ready?.wait(init.number);
}

/** Starts a created container that this command holds. */
export function startLocked(directory: ContainerDirectory, record: ContainerRecord, config: Config): void {
  runHooksOrEnd("startContainer", record, config);
  // Once init has failed its root is gone, and the file system in it perhaps, too.
  using root = rootOf(record.pid);
  const failure = open(directory.path) ?? unreported(directory, config);
  if (failure !== undefined) throw startFailure().explainFailure(config, failure, root);
  const death = deathAtStart(record, config);
  if (death !== undefined) throw death;
  runHooksOrEnd("poststart", record, config);
}

/** A failure that the filter has kept init from reporting. */
function unreported({ path }: ContainerDirectory, { linux }: Config): LastFailure | undefined {
  const isMute = linux?.seccomp !== undefined && !permitsWrite(linux.seccomp);
  return isMute ? lastWords().takeLastWords(path) : undefined;
}

/** A hook of start that fails stops the container, too (runtime-spec runtime.md "Lifecycle", steps 7 and 9; runc). */
function runHooksOrEnd(kind: "startContainer" | "poststart", record: ContainerRecord, config: Config): void {
  try {
    runHooks(kind, { config, record });
  } catch (error) {
    teardown().tearDown(record);
    throw error;
  }
}
