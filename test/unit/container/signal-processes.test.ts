import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { signalProcesses } from "../../../src/container/signal-processes.ts";

const SIGTERM = 15;

/** Runs `body` with processes that wait to be signalled, and ends what is left of them. */
async function withSleepers(
  count: number,
  body: (sleepers: readonly ChildProcess[], pids: readonly number[]) => Promise<void>,
): Promise<void> {
  const sleepers = Array.from({ length: count }, () => spawn("sleep", ["1000000"], { stdio: "ignore" }));
  try {
    await body(
      sleepers,
      sleepers.map(({ pid = 0 }) => pid),
    );
  } finally {
    for (const sleeper of sleepers) sleeper.kill("SIGKILL");
  }
}

const endOf = async (sleeper: ChildProcess | undefined): Promise<unknown> => {
  assert.ok(sleeper !== undefined);
  return sleeper.signalCode ?? (await once(sleeper, "exit"))[1];
};

test("signalProcesses() signals all that are listed, and holds no descriptor afterwards", async () => {
  await withSleepers(3, async (sleepers, pids) => {
    const before = readdirSync("/proc/self/fd").length;
    signalProcesses(() => pids, SIGTERM);
    assert.equal(readdirSync("/proc/self/fd").length, before);
    for (const sleeper of sleepers) assert.equal(await endOf(sleeper), "SIGTERM");
  });
});

test("signalProcesses() spares a process whose number is no member's any more once it is held", async () => {
  await withSleepers(2, async ([stranger, member], [reused = 0, own = 0]) => {
    const lists = [[reused, own], [own]];
    signalProcesses(() => lists.shift() ?? [], SIGTERM);
    assert.equal(await endOf(member), "SIGTERM");
    // The stranger was the first to be signalled, if it was at all.
    stranger?.kill("SIGUSR1");
    assert.equal(await endOf(stranger), "SIGUSR1");
  });
});

test("signalProcesses() passes over processes that have ended", async () => {
  await withSleepers(2, async ([gone, member], pids) => {
    gone?.kill("SIGKILL");
    await endOf(gone);
    signalProcesses(() => pids, SIGTERM);
    assert.equal(await endOf(member), "SIGTERM");
  });
});

test("signalProcesses() says which process may not be signalled so", async () => {
  await withSleepers(1, async (_, pids) => {
    assert.throws(() => signalProcesses(() => pids, 65), new RegExp(`pidfd_send_signal.*process ${pids[0]}`));
  });
});
