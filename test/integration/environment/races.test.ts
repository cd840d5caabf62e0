// Two commands on one container at the same time.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import type { Result } from "../../helpers/runtime.ts";
import { until } from "../../helpers/wait.ts";

leaveNothing();

it("delete waits for an update that is about to save", async (box) => {
  const id = box.running();
  const slow = "inject=renameat2:delay_enter=500000";
  const through = ["strace", "-f", "-o", "/dev/null", "-e", "trace=renameat2", "-e", slow];
  const update = box.start(["update", "--pids-limit", "100", id], { through });
  until("the update to be written", () => existsSync(join(box.root, id, "config.json.new")));
  box.succeed(["delete", "--force", id]);
  const { status, stderr } = await update.ended;
  assert.equal(status, 0, stderr);
  assert.deepEqual(box.containers(), []);
});

/** More of the same where there is time for it. */
const rounds = process.env["TSRUN_STRESS"] === "full" ? 50 : 2;

/** What may fail of a command because of another one, in the words that engines know. */
const allowed: Readonly<Record<string, RegExp>> = {
  create: /container with given ID already exists/,
  start: /cannot start a(n already running)? container|container does not exist/,
  kill: /container not running|container does not exist/,
  delete: /that is not stopped: (running|paused|creating)|container does not exist/,
  "delete --force": /^$/,
  pause: /container not running|container does not exist/,
  resume: /container not paused|container does not exist|container not running/,
  update: /container not running|container does not exist/,
  exec: /cannot exec in a (stopped|paused) container|container does not exist/,
};

const commands: Readonly<Record<string, (id: string, bundle: string) => readonly string[]>> = {
  create: (id, bundle) => ["create", "--bundle", bundle, id],
  start: (id) => ["start", id],
  kill: (id) => ["kill", id, "KILL"],
  delete: (id) => ["delete", id],
  "delete --force": (id) => ["delete", "--force", id],
  pause: (id) => ["pause", id],
  resume: (id) => ["resume", id],
  update: (id) => ["update", "--pids-limit", "50", id],
  exec: (id) => ["exec", id, "/bin/true"],
};

/** Fails unless a command succeeded, or failed for what the other one did. */
function assertAllowed(name: string, { status, signal, stderr }: Result, other: string): void {
  const what = `${name} beside ${other}: ${stderr}`;
  assert.equal(signal, null, `${name} beside ${other} hung`);
  assert.doesNotMatch(stderr, /^\s+at |Error:/m, what);
  // A program that was executed is killed with its container.
  if (status === 0 || (name === "exec" && status === 137)) return;
  assert.match(stderr, allowed[name] ?? /^$/, what);
}

const names = Object.keys(commands);
for (const [index, one] of names.entries()) {
  it(`${one} and every other command at once on a container end as allowed, and leave nothing`, async (box) => {
    const bundle = box.bundle((config) => {
      config.process.args = ["/bin/sleep", "1000000"];
    });
    for (const other of names.slice(index)) {
      for (let round = 0; round < rounds; round++) {
        const id = box.newId();
        // Whether it is created or runs; two that create it find nothing.
        const isThere = one !== "create" || other !== "create";
        if (isThere) box.succeed(["create", "--bundle", bundle, id]);
        if (isThere && round % 2 === 1) box.succeed(["start", id]);
        const calls = [one, other].map((name) => box.start(commands[name]?.(id, bundle) ?? []).ended);
        // A program that is frozen with its container goes on with it.
        if (one === "pause" && other === "exec") await calls[0]?.then(() => box.call(["resume", id]));
        const [first, second] = await Promise.all(calls);
        assert.ok(first !== undefined && second !== undefined);
        assertAllowed(one, first, other);
        assertAllowed(other, second, one);
        box.succeed(["delete", "--force", id]);
      }
    }
    box.assertEmpty();
  });
}
