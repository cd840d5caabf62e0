// A container's id is a directory's name below --root: one that is a path would lead elsewhere.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyRecord } from "../helpers/container-record.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine } from "../helpers/runtime.ts";
import { Canary } from "./helpers/canary.ts";
import { proves } from "./helpers/proves.ts";

leaveNothing();

const longest = 1024;

proves({
  cve: "neighbour",
  title: "no path is the id of a container",
  attack: (box) => {
    const outside = box.folder("outside");
    mkdirSync(join(outside, "victim"));
    writeFileSync(join(outside, "victim", "state.json"), JSON.stringify({ ...emptyRecord, id: "victim" }));
    const canary = new Canary(outside);
    const ids = [
      "../outside/victim",
      "./../outside/victim",
      join("x", "../../outside/victim"),
      "..",
      ".",
      "a/b",
      "",
      "é",
    ];
    for (const id of [...ids, "a\nb", ".a", "a".repeat(longest + 1)]) {
      for (const command of [
        ["delete", "--force"],
        ["kill"],
        ["state"],
        ["create", "--bundle", box.bundle()],
      ]) {
        const result = box.call([...command, id]);
        const changes = canary.changes();
        if (changes.length > 0) return `broken: ${command[0]} ${id}: ${changes.join("; ")}`;
        if (!/invalid container ID format|container id cannot be empty/.test(lastLine(result))) {
          return `broken: ${command[0]} ${JSON.stringify(id)}: ${result.status} ${lastLine(result)}`;
        }
      }
    }
    return "held";
  },
  without: ["ids"],
});
