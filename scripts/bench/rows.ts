// What is measured.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { canDownloadDebianFiles } from "../../test/helpers/debian-file.ts";
import { engineProfile } from "../../test/helpers/engine-profile.ts";
import type { Contender } from "./contenders.ts";
import { crowdRows } from "./crowd-rows.ts";
import { exec, pauseAndResume, update } from "./limit-rows.ts";
import { measureRow, type Setting, timed } from "./measure.ts";
import type { Row } from "./results.ts";

const AT_A_TIME = 8;
/** How long a created container is left alone before its memory is read: what runtimes free late is not held against them. */
const SETTLE_MS = 100;
const SIZES_KIB = [128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];
/** A limit is enough if containers start with it every time of these. */
const STARTS = 3;

function run(setting: Setting): Promise<Row> {
  const { arena } = setting;
  const bundle = arena.bundle({ args: ["/bin/true"] });
  return timed(setting, "`run` of /bin/true", (contender) =>
    arena.call(contender, "run", "--bundle", bundle, arena.nextId()),
  );
}

/** With the filter that Podman gives a container by default; left out where the profile cannot be had. */
async function filteredRun(setting: Setting): Promise<Row | undefined> {
  if (!canDownloadDebianFiles()) {
    return undefined;
  }
  const { arena } = setting;
  const seccomp = engineProfile(process.arch === "arm64" ? "arm64" : "amd64");
  const bundle = arena.bundle({ args: ["/bin/true"], seccomp });
  return await timed(setting, "`run` with Podman's seccomp profile", (contender) =>
    arena.call(contender, "run", "--bundle", bundle, arena.nextId()),
  );
}

function lifecycle(setting: Setting): Promise<Row> {
  const { arena } = setting;
  const bundle = arena.bundle({ args: ["/bin/true"] });
  return timed(setting, "`create`, `start`, `delete --force`", (contender) => {
    const id = arena.nextId();
    const create = arena.call(contender, "create", "--bundle", bundle, id);
    const start = arena.call(contender, "start", id);
    return create + start + arena.call(contender, "delete", "--force", id);
  });
}

async function state(setting: Setting): Promise<Row> {
  const { arena, contenders } = setting;
  const bundle = arena.bundle({ args: ["/bin/true"] });
  const id = arena.nextId();
  for (const contender of contenders) {
    arena.call(contender, "create", "--bundle", bundle, `${id}-${contender.name}`);
  }
  const row = await timed(setting, "`state`", (contender) =>
    arena.call(contender, "state", `${id}-${contender.name}`),
  );
  for (const contender of contenders) {
    arena.call(contender, "delete", "--force", `${id}-${contender.name}`);
  }
  return row;
}

function version(setting: Setting): Promise<Row> {
  return timed(setting, "`--version`", (contender) => setting.arena.call(contender, "--version"));
}

function throughput(setting: Setting): Promise<Row> {
  const { arena, effort } = setting;
  const bundle = arena.bundle({ args: ["/bin/true"] });
  const measure = async (contender: Contender): Promise<number> => {
    let left = effort.batch;
    const worker = async (): Promise<void> => {
      while (left-- > 0) {
        await arena.end(arena.start(contender, "run", "--bundle", bundle, arena.nextId()));
      }
    };
    const start = process.hrtime.bigint();
    await Promise.all(Array.from({ length: AT_A_TIME }, worker));
    return effort.batch / (Number(process.hrtime.bigint() - start) / 1e9);
  };
  const title = `containers a second, ${AT_A_TIME} at a time`;
  return measureRow(setting, { title, unit: "1/s", rounds: effort.slowRounds, warmUp: 1, measure });
}

/** The smallest of the sizes with which every start succeeds; one that is too small may leave a container. */
function memoryLimit(setting: Setting): Promise<Row> {
  const { arena } = setting;
  const bundles = SIZES_KIB.map((size) => ({
    bytes: size * 1024,
    bundle: arena.bundle({ args: ["/bin/true"], memoryLimit: size * 1024 }),
  }));
  const starts = (contender: Contender, bundle: string): boolean => {
    const id = arena.nextId();
    const succeeded = arena.try(contender, "run", "--bundle", bundle, id);
    arena.try(contender, "delete", "--force", id);
    return succeeded;
  };
  const measure = (contender: Contender): number => {
    const enough = bundles.find(({ bundle }) =>
      Array.from({ length: STARTS }).every(() => starts(contender, bundle)),
    );
    if (enough === undefined) {
      throw new Error(
        `${contender.name} starts no container with a memory limit of up to ${SIZES_KIB.at(-1)} KiB`,
      );
    }
    return enough.bytes;
  };
  const title = "smallest memory limit to start with";
  return measureRow(setting, { title, unit: "B", rounds: 1, warmUp: 0, measure });
}

/** Bytes charged to the memory cgroup of a process (memory.txt "usage_in_bytes", cgroup-v2.rst "memory.current"). */
function chargedBytes(pid: string): number {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").split("\n");
  const v1 = lines.map((line) => /^\d+:(?:.*,)?memory(?:,.*)?:(.*)$/.exec(line)?.[1]).find(Boolean);
  const v2 = lines.map((line) => /^0::(.*)$/.exec(line)?.[1]).find(Boolean);
  const file =
    v1 === undefined
      ? `/sys/fs/cgroup${v2 ?? ""}/memory.current`
      : `/sys/fs/cgroup/memory${v1}/memory.usage_in_bytes`;
  return Number(readFileSync(file, "utf8"));
}

function waitingMemory(setting: Setting): Promise<Row> {
  const { arena, effort } = setting;
  const bundle = arena.bundle({ args: ["/bin/true"] });
  const measure = async (contender: Contender): Promise<number> => {
    const id = arena.nextId();
    const pidFile = arena.file(`${id}.pid`);
    arena.call(contender, "create", "--bundle", bundle, "--pid-file", pidFile, id);
    await sleep(SETTLE_MS);
    const bytes = chargedBytes(readFileSync(pidFile, "utf8").trim());
    arena.call(contender, "delete", "--force", id);
    return bytes;
  };
  const title = "memory charged to a created container";
  return measureRow(setting, { title, unit: "B", rounds: effort.slowRounds, warmUp: 0, measure });
}

/** Peak resident memory of a process so far (proc_pid_status(5) VmHWM), in bytes. */
function peakBytes(pid: number): number {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

function runtimeMemory(setting: Setting): Promise<Row> {
  const { arena, effort } = setting;
  const bundle = arena.bundle({ args: ["/bin/sleep", "1000"] });
  const measure = async (contender: Contender): Promise<number> => {
    const id = arena.nextId();
    const pidFile = arena.file(`${id}.pid`);
    const child = arena.start(contender, "run", "--bundle", bundle, "--pid-file", pidFile, id);
    const isRunning = (): boolean => arena.try(contender, "state", id);
    while (child.exitCode === null && !isRunning()) {
      await sleep(SETTLE_MS);
    }
    await sleep(SETTLE_MS);
    if (child.exitCode !== null || child.pid === undefined) {
      throw new Error(`${contender.name} run ended before its container`);
    }
    const bytes = peakBytes(child.pid);
    const ended = new Promise((done) => child.once("exit", done));
    arena.call(contender, "kill", id, "KILL");
    await ended;
    arena.try(contender, "delete", "--force", id);
    return bytes;
  };
  const title = "peak memory of a foreground `run`";
  return measureRow(setting, { title, unit: "B", rounds: effort.slowRounds, warmUp: 0, measure });
}

/** Every row, in the order of the report, some of them together; one that cannot be measured here is undefined. */
export const rows: readonly ((setting: Setting) => Promise<Row | readonly Row[] | undefined>)[] = [
  run,
  filteredRun,
  lifecycle,
  exec,
  crowdRows,
  update,
  pauseAndResume,
  state,
  version,
  throughput,
  memoryLimit,
  waitingMemory,
  runtimeMemory,
];
