import assert from "node:assert/strict";
import { existsSync, readlinkSync } from "node:fs";
import { env, pid } from "node:process";
import { test } from "node:test";
import { checkPassed, passedDescriptors } from "../../../src/container/passed-descriptors.ts";

function withEnvironment(variables: Readonly<Record<string, string>>, body: () => void): void {
  Object.assign(env, variables);
  try {
    body();
  } finally {
    for (const name of Object.keys(variables)) delete env[name];
  }
}

test("passedDescriptors() are those of --preserve-fds where no socket is passed", () => {
  assert.deepEqual(passedDescriptors(0), { count: 0, environment: [] });
  assert.deepEqual(passedDescriptors(3), { count: 3, environment: [] });
});

test("passedDescriptors() are the sockets meant for this process, then those of --preserve-fds", () => {
  withEnvironment({ LISTEN_PID: String(pid), LISTEN_FDS: "2", LISTEN_FDNAMES: "http:admin" }, () => {
    assert.deepEqual(passedDescriptors(3), {
      count: 5,
      environment: ["LISTEN_FDS=2", "LISTEN_PID=1", "LISTEN_FDNAMES=http:admin"],
    });
  });
});

for (const [what, variables] of Object.entries({
  "another process's": { LISTEN_PID: "1", LISTEN_FDS: "2" },
  nobodys: { LISTEN_FDS: "2" },
  none: { LISTEN_PID: String(pid), LISTEN_FDS: "0" },
  nonsense: { LISTEN_PID: String(pid), LISTEN_FDS: "2x" },
  negative: { LISTEN_PID: String(pid), LISTEN_FDS: "-1" },
})) {
  test(`passedDescriptors() takes no sockets that are ${what}`, () => {
    withEnvironment(variables, () => {
      assert.deepEqual(passedDescriptors(1), { count: 1, environment: [] });
    });
  });
}

test("checkPassed() refuses what is the engine's own or not open, and only that", () => {
  const isOpen = (fd: number): boolean => existsSync(`/proc/self/fdinfo/${fd}`);
  const isQueue = (fd: number): boolean => readlinkSync(`/proc/self/fd/${fd}`) === "anon_inode:[eventpoll]";
  let first = 3;
  while (isOpen(first) && !isQueue(first)) first++;
  checkPassed(first - 3);
  assert.throws(() => checkPassed(first - 2), {
    message: `descriptor ${first} is to be passed on to the container and is not open`,
  });
});
