import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { processInfo } from "../../src/container/process-info.ts";
import { removeNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Running } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

/** A foreground `run` without a terminal, once it has printed "ready". */
function runScript(box: Sandbox, script: string, flags: readonly string[] = [], hostPids = false): Running {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", script];
    if (hostPids) removeNamespace(config, "pid");
  });
  const running = box.start(["run", ...flags, "--bundle", bundle, box.newId()]);
  until("the container to be ready", () => output(running).includes("ready"));
  return running;
}

function output(running: Running): string {
  return readFileSync(running.stdoutFile, "utf8");
}

for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGALRM", "SIGTERM", "SIGTSTP"] as const) {
  it(`run forwards ${signal} to the container`, async (box) => {
    const name = signal.slice(3);
    const running = runScript(
      box,
      `trap "echo ${name}; exit 9" ${name}; echo ready; while :; do sleep 0.05; done`,
    );
    running.child.kill(signal);
    const { status } = await running.ended;
    assert.deepEqual([status, output(running)], [9, `ready\n${name}\n`]);
  });
}

it("run forwards every signal of a burst and dies of none", async (box) => {
  const script = `n=0; trap 'n=$((n+1)); echo $n' TERM; trap "exit 9" USR1; echo ready; while :; do sleep 0.02; done`;
  const running = runScript(box, script);
  for (let round = 1; round <= 40; round++) {
    running.child.kill("SIGTERM");
    until(`signal ${round}`, () => output(running).includes(`\n${round}\n`));
  }
  running.child.kill("SIGUSR1");
  assert.equal((await running.ended).status, 9);
});

it("run does not forward SIGWINCH and SIGURG", async (box) => {
  const traps = ["WINCH", "URG"].map((name) => `trap "echo ${name}" ${name}`).join("; ");
  const running = runScript(box, `${traps}; trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done`);
  for (const signal of ["SIGWINCH", "SIGURG"] as const) running.child.kill(signal);
  running.child.kill("SIGTERM");
  const { status } = await running.ended;
  assert.deepEqual([status, output(running)], [9, "ready\n"]);
});

/** The parent that an orphan of the container finds itself with. */
const orphan = `sh -c '(sleep 0.3; exec cut -d" " -f4 /proc/self/stat) & exit 0'; echo ready; exec sleep 1000000`;

function childStates(pid: number): string[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim());
  const children = lists.flatMap((list) => (list === "" ? [] : list.split(" ")));
  return children.map((child) => processInfo(Number(child))?.state ?? "gone");
}

it("run adopts and reaps the orphans of its container", async (box) => {
  const running = runScript(box, orphan, [], true);
  until("the orphan to say its parent", () => output(running) === `ready\n${running.pid}\n`);
  until("the orphan to be reaped", () => childStates(running.pid).join() === "S");
  running.child.kill("SIGTERM");
  assert.equal((await running.ended).status, 143);
});

it("run --no-subreaper leaves orphans to others", async (box) => {
  const running = runScript(box, orphan, ["--no-subreaper"], true);
  until("the orphan to say its parent", () => /^ready\n\d+\n$/.test(output(running)));
  assert.notEqual(output(running), `ready\n${running.pid}\n`);
  running.child.kill("SIGTERM");
  assert.equal((await running.ended).status, 143);
});
