// stats: what containers use, for people. A command of tsrun's own.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { PtyProcess } from "../helpers/pty.ts";
import { driverFlags, type Running, runtimePath } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

const MIB = 2 ** 20;

interface Usage {
  readonly time: string;
  readonly id: string;
  readonly cpu: { readonly percent: number | null };
  readonly memory: { readonly usage: number; readonly limit: number; readonly percent: number };
  readonly pids: { readonly current: number; readonly limit?: number };
  readonly io: { readonly read: number; readonly written: number };
}

/** Calls stats for JSON. */
function usages(box: Sandbox, ...args: string[]): Usage[] {
  const { stdout } = box.succeed([
    "stats",
    "--format",
    "json",
    "--interval",
    "100ms",
    "--no-stream",
    ...args,
  ]);
  const lines = stdout.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Usage);
}

/** A container that burns CPU time within limits. */
function busy(box: Sandbox): string {
  const { id } = box.create(["/bin/sh", "-c", "sleep 1000000 & while :; do :; done"], (config) => {
    config.linux.resources = { memory: { limit: 64 * MIB }, pids: { limit: 50 } };
  });
  box.succeed(["start", id]);
  return id;
}

it("stats prints a table once where its output is no terminal", (box) => {
  const [first, second] = [busy(box), box.running()];
  const { stdout } = box.succeed(["stats"]);
  const rows = stdout.trimEnd().split("\n");
  assert.match(rows[0] ?? "", /^ID +CPU % +MEMORY \/ LIMIT +MEMORY % +PIDS \/ LIMIT +READ \/ WRITTEN/);
  assert.deepEqual(
    rows.slice(1).map((row) => row.split(" ")[0]),
    [first, second],
  );
  assert.match(rows[1] ?? "", /^\S+ +\d+\.\d\d +\S+iB \/ 64\.0MiB +\d+\.\d\d +2 \/ 50 +\S+ \/ \S+/);
  assert.match(rows[2] ?? "", / 1 \/ (max|\d+) /);
});

it("stats --format json has an object a line", (box) => {
  const id = busy(box);
  const [usage, ...others] = until("both processes", () => {
    const found = usages(box);
    return found[0]?.pids.current === 2 && found;
  });
  assert.deepEqual(others, []);
  assert.equal(usage?.id, id);
  assert.ok(usage.cpu.percent !== null && usage.cpu.percent > 0, "a loop takes CPU time");
  assert.equal(usage.memory.limit, 64 * MIB);
  assert.ok(usage.memory.usage > 0 && usage.memory.usage < 64 * MIB);
  assert.equal(usage.pids.limit, 50);
  assert.deepEqual(Object.keys(usage.io), ["read", "written"]);
  assert.ok(!Number.isNaN(Date.parse(usage.time)));
});

it("stats shows the containers that are named", (box) => {
  const [first, second] = [box.running(), box.running()];
  box.running();
  assert.deepEqual(
    usages(box, second, first).map(({ id }) => id),
    [second, first],
  );
});

it("stats of no containers is a header, or nothing", (box) => {
  assert.match(box.succeed(["stats"]).stdout, /^ID .*\n$/);
  assert.deepEqual(usages(box), []);
});

it("stats passes over containers that have stopped, unless they are named", (box) => {
  const id = box.running();
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  assert.deepEqual(usages(box), []);
  assert.match(box.fail(["stats", id]), new RegExp(`container with id ${id} is not running`));
});

it("stats warns of a container whose record is damaged, and shows the others", (box) => {
  const [id, damaged] = [box.running(), box.folder("state/damaged")];
  writeFileSync(`${damaged}/state.json`, "{");
  const { stdout, stderr } = box.succeed(["stats", "--format", "json"]);
  assert.equal(stdout.split("\n").length, 2);
  assert.ok(stdout.includes(id));
  assert.equal(stderr.match(/statistics of container damaged/g)?.length, 1, stderr);
  rmSync(damaged, { recursive: true });
});

it("stats refuses what it does not know", (box) => {
  assert.match(box.fail(["stats", box.newId()]), /container does not exist/);
  assert.match(box.fail(["stats", "--format", "xml"]), /invalid format option/);
  assert.match(box.fail(["stats", "--interval", "0"]), /duration interval must be greater than 0/);
});

/** The containers in the last whole table that was printed. */
function lastTable({ stdoutFile }: Running): string[] {
  const tables = readFileSync(stdoutFile, "utf8").split(/^ID .*\n/m);
  const rows = (tables.at(-2) ?? "").split("\n").slice(0, -1);
  return rows.map((row) => row.split(" ")[0] ?? "");
}

it("stats --interval shows containers that come and drops those that go", async (box) => {
  const first = box.running();
  const stats = box.start(["stats", "--interval", "50ms"]);
  until("the first container", () => lastTable(stats).join() === first);
  const second = box.running();
  until("the second container", () => lastTable(stats).join() === [first, second].join());
  box.succeed(["delete", "--force", first]);
  until("the first one to be dropped", () => lastTable(stats).join() === second);
  stats.child.kill("SIGTERM");
  assert.equal((await stats.ended).signal, "SIGTERM");
});

it("stats of named containers ends with the last of them", async (box) => {
  const id = box.running();
  const stats = box.start(["stats", "--interval", "50ms", id]);
  until("a table", () => lastTable(stats).includes(id));
  box.succeed(["kill", id, "KILL"]);
  const { status, stderr } = await stats.ended;
  assert.deepEqual([status, stderr], [0, ""]);
});

it("stats ends when nobody reads it any more", (box) => {
  const through = ["sh", "-c", '"$@" | head -n 1', "sh"];
  const { status, signal, stderr } = box.call(["stats", "--interval", "50ms"], { through });
  assert.deepEqual([status, signal, stderr], [0, null, ""]);
});

/** stats on a terminal. */
function onTerminal(box: Sandbox): PtyProcess {
  const flags = ["--root", box.root, ...driverFlags];
  return new PtyProcess([runtimePath, ...flags, "stats", "--interval", "50ms"], {
    TSRUN_TEST: box.directory,
  });
}

// Another screen without a cursor, and the first one with its cursor; the top of it, and the end of a line.
const entered = "\x1b[?1049h\x1b[?25l";
const left = "\x1b[?25h\x1b[?1049l";
const [top, lineEnd] = ["\x1b\\[H", "\x1b\\[K"];

it("stats on a terminal draws in place until Ctrl-C, and gives it back", async (box) => {
  const id = box.running();
  using stats = onTerminal(box);
  await stats.screen.shows(new RegExp(`${top}[^]*${id}[^]*${top}[^]*${id} +\\d`));
  assert.ok(stats.screen.text.startsWith(entered));
  stats.screen.type("\x03");
  assert.equal(await stats.ended, 0);
  assert.ok(stats.screen.text.endsWith(left), JSON.stringify(stats.screen.text.slice(-40)));
});

it("stats on a terminal fits its size, also when that changes", async (box) => {
  const id = box.running();
  using stats = onTerminal(box);
  await stats.screen.shows(new RegExp(id));
  stats.screen.resize({ rows: 1, columns: 20 });
  // The ellipsis has three bytes.
  await stats.screen.shows(new RegExp(`${top}\\S+ and 2 more`));
  stats.screen.resize({ rows: 5, columns: 9 });
  await stats.screen.shows(new RegExp(`${top}ID {6}${lineEnd}`));
  process.kill(stats.pid, "SIGTERM");
  assert.equal(await stats.ended, 1);
  assert.ok(stats.screen.text.endsWith(left));
});
