// A caller whose own cgroup leaves no memory and no processes.
import assert from "node:assert/strict";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cgroupOfProcess, cgroupsPathFor, isV1 } from "../../helpers/cgroups.ts";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { sandboxPrefix } from "../../helpers/other-tests.ts";
import { lastLine } from "../../helpers/runtime.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { until } from "../../helpers/wait.ts";

leaveNothing();

/** Executes `body` with what starts a command in a cgroup of a v1 controller with a limit. */
function limited(file: string, limit: number, body: (through: readonly string[]) => void): void {
  const [controller = ""] = file.split(".");
  const path = join(cgroupOfProcess("self", controller), `${sandboxPrefix}-caller`);
  mkdirSync(path);
  try {
    writeFileSync(join(path, file), String(limit));
    body(["/bin/sh", "-c", `echo $$ >${path}/tasks; exec "$@"`, "sh"]);
  } finally {
    until("the caller's cgroup to be empty", () => remove(path));
  }
}

/** A process that was just killed may still be in it. */
function remove(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}

const MiB = 2 ** 20;
const commands = (id: string, bundle: string): readonly (readonly string[])[] => [
  ["create", "--bundle", bundle, id],
  ["start", id],
  ["exec", id, "/bin/true"],
  ["update", "--pids-limit", "50", id],
  ["delete", "--force", id],
];

/** Calls commands one after the other, each in the cgroup, and cleans up. @returns how many succeeded */
function attempt(box: Sandbox, through: readonly string[], words: RegExp): number {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000000"];
    // Outside of the caller's cgroup, which is to be removed.
    config.linux.cgroupsPath = cgroupsPathFor(id);
  });
  let succeeded = 0;
  for (const args of commands(id, bundle)) {
    const result = box.call(args, { through });
    if (result.signal === null && result.status === 0) succeeded++;
    // Killed for want of memory, or it said so.
    else if (result.signal === null) assert.match(lastLine(result) || result.stderr, words, args.join(" "));
  }
  box.succeed(["delete", "--force", id]);
  box.assertEmpty();
  return succeeded;
}

it("delete --force removes what a runtime leaves that is killed for want of memory", (box, t) => {
  if (!skipUnless(t, isV1, "cgroupV1")) return;
  const words = /./;
  const all = commands("", "").length;
  const counts = [6, 12, 18, 24, 64].map((size) => {
    let count = 0;
    limited("memory.limit_in_bytes", size * MiB, (through) => {
      count = attempt(box, through, words);
    });
    return count;
  });
  assert.ok(counts[0] !== all, "6 MiB were enough");
  assert.equal(counts.at(-1), all, `64 MiB were not enough: ${counts.join(" ")}`);
});

it("commands say that the caller's cgroup takes no more processes", (box, t) => {
  if (!skipUnless(t, isV1, "cgroupV1")) return;
  const counts = Array.from({ length: 8 }, (_, index) => {
    let count = 0;
    limited("pids.max", index + 1, (through) => {
      count = attempt(
        box,
        through,
        /resource temporarily unavailable|cannot allocate memory|does not exist|thread|fork/i,
      );
    });
    return count;
  });
  assert.equal(counts.at(-1), commands("", "").length, counts.join(" "));
});
