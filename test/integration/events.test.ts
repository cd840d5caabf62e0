// events: what a container uses, and that it ran out of memory, as JSON lines. Runs on runc as well.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isV1 } from "../helpers/cgroups.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine, type Running } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

const MIB = 2 ** 20;

interface Account {
  readonly limit: number;
  readonly usage?: number;
  readonly max?: number;
  readonly failcnt: number;
}

/** The parts of runc's types/events.go that every cgroup has. */
interface Event {
  readonly type: string;
  readonly id: string;
  readonly data: {
    readonly cpu: { readonly usage: { readonly total: number; readonly percpu?: readonly number[] } };
    readonly cpuset: { readonly cpus?: readonly number[] };
    readonly memory: {
      readonly usage: Account;
      readonly swap: Account;
      readonly raw: Record<string, number>;
    };
    readonly pids: { readonly current: number; readonly limit?: number };
  };
}

function statsOf(box: Sandbox, id: string): Event {
  const { stdout } = box.succeed(["events", "--stats", id]);
  assert.match(stdout, /^\{.*\}\n$/, "one line");
  return JSON.parse(stdout) as Event;
}

/** A container that burns CPU time, holds memory and has several processes. */
function busy(box: Sandbox): string {
  const work = "sleep 1000000 & sleep 1000000 & x=0; while :; do x=$((x + 1)); done";
  const { id } = box.create(["/bin/sh", "-c", work], (config) => {
    config.linux.resources = { memory: { limit: 64 * MIB }, pids: { limit: 50 } };
  });
  box.succeed(["start", id]);
  return id;
}

it("events --stats says what a container uses", (box) => {
  const id = busy(box);
  until("three processes", () => statsOf(box, id).data.pids.current >= 3);
  const first = statsOf(box, id);
  assert.deepEqual([first.type, first.id], ["stats", id]);
  const { cpu, memory, pids } = first.data;
  assert.ok(cpu.usage.total > 0);
  assert.ok((memory.usage.usage ?? 0) > 0);
  assert.equal(memory.usage.limit, 64 * MIB);
  assert.equal(pids.limit, 50);
  assert.ok(Object.keys(memory.raw).length > 10);
  until("CPU time to pass", () => statsOf(box, id).data.cpu.usage.total > cpu.usage.total);
});

/** Names in an object, and those of its objects in turn. */
function names(value: unknown, prefix = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    prefix + name,
    ...names(member, `${prefix}${name}.`),
  ]);
}

/** What is there whatever has been counted. Pinned against runc by running this test on it. */
const always = [
  "cpu cpu.usage cpu.usage.total cpu.usage.kernel cpu.usage.user cpu.throttling",
  "cpuset cpuset.cpu_exclusive cpuset.mem_hardwall cpuset.mem_exclusive cpuset.memory_migrate",
  "cpuset.memory_spread_page cpuset.memory_spread_slab cpuset.memory_pressure cpuset.sched_load_balance",
  "cpuset.sched_relax_domain_level",
  "memory memory.usage memory.usage.limit memory.usage.usage memory.usage.failcnt",
  "memory.swap memory.swap.limit memory.swap.failcnt",
  "memory.kernel memory.kernel.limit memory.kernel.failcnt",
  "memory.kernelTCP memory.kernelTCP.limit memory.kernelTCP.failcnt memory.raw",
  "pids pids.current pids.limit blkio hugetlb intel_rdt network_interfaces",
].flatMap((line) => line.split(" "));

/** Names that stand for figures above zero only, or that not every kernel has. */
const sometimes =
  /^cpu\.(usage\.percpu|throttling\.)|^cpuset\.(cpus|mems)$|^memory\.(cache|raw\.)|\.(usage|max)$|^blkio\.|^hugetlb\.|psi/;

it("events --stats has the names of runc's in their order", (box) => {
  const { data } = statsOf(box, busy(box));
  const found = names(data);
  assert.deepEqual(
    found.filter((name) => always.includes(name)),
    always,
  );
  assert.deepEqual(
    found.filter((name) => !always.includes(name) && !sometimes.test(name)),
    [],
  );
  const raw = Object.keys(data.memory.raw);
  assert.deepEqual(raw, [...raw].sort(), "memory.stat in the order of Go's maps");
  assert.equal((data as { network_interfaces?: unknown }).network_interfaces, null);
});

it("events --stats counts by CPU and names the cpuset on cgroup v1", (box) => {
  const { cpu, cpuset } = statsOf(box, busy(box)).data;
  const sum = cpu.usage.percpu?.reduce((total, time) => total + time, 0);
  assert.equal(sum !== undefined && sum > 0, isV1);
  assert.equal(cpuset.cpus !== undefined, isV1);
});

it("events --stats writes the limit of none in full", (box) => {
  const { stdout } = box.succeed(["events", "--stats", box.running()]);
  const none = isV1 ? "9223372036854771712" : "18446744073709551615";
  assert.ok(stdout.includes(`"memory":{`) && stdout.includes(`"usage":{"limit":${none},`), stdout);
});

/** The lines that a call has printed so far. */
function linesOf({ stdoutFile }: Running): Event[] {
  const lines = readFileSync(stdoutFile, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Event);
}

const count = (events: Running, type: string): number =>
  linesOf(events).filter((event) => event.type === type).length;

it("events tells statistics again and again, and ends with the container", async (box) => {
  const id = busy(box);
  const events = box.start(["events", "--interval", "20ms", id]);
  until("some statistics", () => count(events, "stats") >= 3);
  box.succeed(["kill", id, "KILL"]);
  const { status, stderr } = await events.ended;
  assert.equal(status, 0, stderr);
  const totals = linesOf(events).map(({ data }) => data.cpu.usage.total);
  assert.deepEqual(
    totals,
    [...totals].sort((a, b) => a - b),
  );
});

/** A container that is out of memory as soon as it is started, which is left to the test. */
function hungry(box: Sandbox, script: string): string {
  const { id } = box.create(["/bin/sh", "-c", script], (config) => {
    config.linux.resources = { memory: { limit: 16 * MIB, swap: 16 * MIB } };
  });
  return id;
}

/** Starts events of a created container, and then the container. */
function watchStart(box: Sandbox, id: string): Running {
  const events = box.start(["events", "--interval", "50ms", id]);
  until("statistics of a created container", () => count(events, "stats") > 0);
  box.succeed(["start", id]);
  return events;
}

it("events tells that a process was killed for want of memory", async (box) => {
  const events = watchStart(box, hungry(box, "tail /dev/zero; exec sleep 1000000"));
  until("the event", () => count(events, "oom") > 0);
  const line = readFileSync(events.stdoutFile, "utf8").match(/^.*"oom".*$/m)?.[0];
  assert.equal(line, `{"type":"oom","id":"${events.child.spawnargs.at(-1)}"}`);
  events.child.kill();
  await events.ended;
});

it("events tells of init's own kill for want of memory before it ends", async (box) => {
  const events = watchStart(box, hungry(box, "exec tail /dev/zero"));
  const { status } = await events.ended;
  assert.equal(status, 0);
  assert.ok(count(events, "oom") > 0);
});

it("events of a container that has stopped fails", (box) => {
  const id = box.running();
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  for (const args of [
    ["events", id],
    ["events", "--stats", id],
  ]) {
    assert.match(box.fail(args), new RegExp(`container with id ${id} is not running`));
  }
});

it("events of no container fails", (box) => {
  assert.match(box.fail(["events", box.newId()]), /container does not exist/);
});

it("events refuses an interval that is none", (box) => {
  const id = box.running();
  assert.match(box.fail(["events", "--interval", "0s", id]), /duration interval must be greater than 0/);
  const result = box.call(["events", "--interval", "soon", id]);
  assert.equal(result.status, 1);
  assert.match(lastLine(result), /invalid value .*soon.* for flag -interval: parse error/);
});

it("events ends when nobody reads it any more", (box) => {
  const through = ["sh", "-c", '"$@" | head -n 1', "sh"];
  const { stdout, status, signal } = box.call(["events", "--interval", "50ms", box.running()], { through });
  assert.deepEqual([status, signal], [0, null]);
  assert.match(stdout, /^\{"type":"stats".*\}\n$/);
});

it("events ends by SIGTERM", async (box) => {
  const events = box.start(["events", "--interval", "20ms", box.running()]);
  until("statistics", () => count(events, "stats") > 0);
  events.child.kill("SIGTERM");
  const { signal, stderr } = await events.ended;
  assert.deepEqual([signal, stderr], ["SIGTERM", ""]);
});

it("events of a paused container goes on", (box) => {
  const id = box.running();
  box.succeed(["pause", id]);
  assert.equal(statsOf(box, id).type, "stats");
  box.succeed(["resume", id]);
});
