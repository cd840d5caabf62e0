// A container whose configuration in the directory of states is no longer that: each command says so, and it can be deleted.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

/** A created container with another text in its configuration's place. */
function damaged(box: Sandbox, text: string): string {
  const { id } = box.create(["/bin/sleep", "1000000"]);
  writeFileSync(join(box.root, id, "config.json"), text);
  return id;
}

for (const text of ["null", "[]", "{}", '{"ociVersion": "1.3.0", "process": null}', "", "{", "\0"]) {
  it(`a container is deleted whose configuration is ${JSON.stringify(text)}`, (box) => {
    const id = damaged(box, text);
    for (const command of [["start"], ["update", "--pids-limit", "10"]]) {
      assert.match(box.fail([...command, id]), /config\.json/, command[0]);
    }
    assert.match(box.fail(["exec", id, "/bin/true"]), /config\.json/);
    assert.equal(box.state(id).id, id);
    box.succeed(["delete", "--force", id]);
    assert.deepEqual(box.containers(), []);
  });
}
