// What every command does to a paused container: the rest of state-machine.test.ts's table. It is the host that freezes it.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { hostMounts } from "../helpers/mountinfo.ts";
import { lastLine } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

/** Where a process's cgroup can be frozen: cgroup v1's freezer, or v2. */
function freezerOf(pid: number): { directory: string; file: string; frozen: string; thawed: string } {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n");
  const pathOf = (pattern: RegExp) =>
    lines.map((line) => pattern.exec(line)?.[1]).find((path) => path !== undefined);
  const v1 = hostMounts().find(
    ({ type, superOptions }) => type === "cgroup" && superOptions.includes("freezer"),
  );
  if (v1 !== undefined) {
    const directory = join(v1.point, pathOf(/^\d+:(?:[^:]*,)?freezer(?:,[^:]*)?:(.*)$/) ?? "");
    return { directory, file: "freezer.state", frozen: "FROZEN", thawed: "THAWED" };
  }
  const v2 = hostMounts().find(({ type }) => type === "cgroup2");
  const directory = join(v2?.point ?? "", pathOf(/^0::(.*)$/) ?? "");
  return { directory, file: "cgroup.freeze", frozen: "1", thawed: "0" };
}

/** Freezes a running container; `thaw` lets it go, if it is still there. */
function paused(box: Sandbox): { id: string; thaw: () => void } {
  const id = box.running();
  const { directory, file, frozen, thawed } = freezerOf(box.state(id).pid);
  const path = join(directory, file);
  writeFileSync(path, frozen);
  until("the container to freeze", () => readFileSync(path, "utf8").trim() === frozen);
  return {
    id,
    thaw: () => {
      if (existsSync(path)) writeFileSync(path, thawed);
    },
  };
}

const table: readonly (readonly [command: string, becomes: string, fails?: RegExp])[] = [
  ["create", "paused", /container with given ID already exists/],
  ["run", "paused", /container with given ID already exists/],
  ["state", "paused"],
  ["start", "paused", /cannot start/],
  ["ps", "paused"],
  ["kill", "stopped"],
  ["delete", "paused", /cannot delete container \S+ that is not stopped: paused/],
  ["delete --force", "absent"],
];

for (const [command, becomes, fails] of table) {
  const what = fails === undefined ? `leaves it ${becomes}` : `fails with ${fails.source}`;
  it(`${command} of a container that is paused ${what}`, (box) => {
    const { id, thaw } = paused(box);
    try {
      box.untilStatus(id, "paused");
      const bundle = command === "create" || command === "run" ? ["--bundle", box.bundle()] : [];
      const signal = command === "kill" ? ["KILL"] : [];
      const result = box.call([...command.split(" "), ...bundle, id, ...signal]);
      assert.equal(result.status, fails === undefined ? 0 : 1, result.stderr);
      if (fails !== undefined) assert.match(lastLine(result), fails);
      if (becomes === "absent") assert.match(box.fail(["state", id]), /container does not exist/);
      else box.untilStatus(id, becomes);
    } finally {
      thaw();
    }
  });
}

it("kill sends a paused container a signal that it gets once it goes on", (box) => {
  const { id, thaw } = paused(box);
  box.succeed(["kill", id, "TERM"]);
  assert.equal(box.state(id).status, "paused");
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  thaw();
});
