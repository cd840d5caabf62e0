// What keeps the builds apart: nothing in the executable that is shipped can be talked out of a defence.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { defences } from "./without/is-out.ts";

const WITHOUT = "test/security/without";
const SWITCH = "TSRUN_WITHOUT";

const sources = readdirSync(WITHOUT, { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts"),
);
/** At the path of what they stand for; beside `is-out.ts` is what they share. */
const standIns = sources.filter((name) => name.includes("/"));

test("the executable that is shipped has no switch for its defences", () => {
  assert.ok(readFileSync("build/tsrun-undefended").includes(SWITCH), "the search would find nothing at all");
  const shipped = readFileSync("dist/tsrun");
  for (const word of [SWITCH, WITHOUT]) assert.ok(!shipped.includes(word), word);
});

test("what stands for a source stands for one that is there, and nothing in src knows of it", () => {
  assert.deepEqual(
    standIns.filter((name) => !existsSync(join("src", name))),
    [],
  );
  for (const name of readdirSync("src", { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    assert.doesNotMatch(readFileSync(join("src", name), "utf8"), /TSRUN_WITHOUT|test\/security/, name);
  }
});

test("each defence is taken out by a source, and by a test", () => {
  const attacks = readdirSync("test/security", { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".test.ts"),
  );
  const text = (folder: string, names: readonly string[]) =>
    names.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  const [taken, attacked] = [text(WITHOUT, standIns), text("test/security", attacks)];
  for (const defence of Object.keys(defences)) {
    assert.ok(taken.includes(`isOut("${defence}")`), `nothing takes ${defence} out`);
    assert.ok(attacked.includes(`"${defence}"`), `no attack is shown to need ${defence}`);
  }
});
