// A state.json that is damaged, or that a newer tsrun wrote.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";
import { until } from "../../helpers/wait.ts";

leaveNothing();

const stateFile = (box: Sandbox, id: string) => join(box.root, id, "state.json");

/** Every command that looks at a container's record. */
const commands = [
  ["state"],
  ["start"],
  ["kill"],
  ["exec", "/bin/true"],
  ["ps"],
  ["pause"],
  ["resume"],
  ["update", "--pids-limit", "10"],
  ["events", "--stats"],
  ["stats"],
  ["delete"],
];

/** What has become of a record's text, and what every command then says beside the file's name. */
const changes: Readonly<Record<string, readonly [change: (text: string) => string, words: RegExp]>> = {
  "has been cut off": [(text) => text.slice(0, text.length / 2), /is damaged: .*delete --force/],
  "is empty": [() => "", /is damaged: .*delete --force/],
  "has a digit of another number": [
    (text) => text.replace(/("startTime":\d*)(\d)/, (_, before, last) => `${before}${9 - last}`),
    /is damaged: its sum does not fit; delete --force/,
  ],
  "is of a newer version": [
    () => '{"version":2,"name":"x"}',
    /is of version 2, and this tsrun reads version 1; a newer tsrun/,
  ],
};

for (const [what, [change, words]] of Object.entries(changes)) {
  it(`every command names a state.json that ${what}, list shows the others, and delete --force removes all`, (box) => {
    const [good, bad] = [box.running(), box.running()];
    const { pid } = box.state(bad);
    const file = stateFile(box, bad);
    writeFileSync(file, change(readFileSync(file, "utf8")));
    for (const [name = "", ...rest] of commands) {
      const line = box.fail([name, bad, ...rest]);
      assert.ok(line.includes(file), line);
      assert.match(line, words);
    }
    const { stdout, stderr } = box.succeed(["list"]);
    assert.ok(stdout.includes(good) && !stdout.includes(bad), stdout);
    assert.match(stderr, new RegExp(`level=warning msg="load container ${bad}: .*${file}`));
    assert.match(box.succeed(["delete", "--force", bad]).stderr, /level=warning msg="the state file /);
    until("its process to end", () => !existsSync(`/proc/${pid}`));
    assert.deepEqual(box.containers(), [good]);
  });
}

it("what a newer tsrun has added to a state.json does not matter", (box) => {
  const id = box.running();
  const file = stateFile(box, id);
  const { sum: _, ...record } = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...record, added: { at: "once" } }));
  assert.equal(box.state(id).status, "running");
  box.succeed(["exec", id, "/bin/true"]);
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  box.succeed(["delete", id]);
});
