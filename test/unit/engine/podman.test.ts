import assert from "node:assert/strict";
import { test } from "node:test";

import { jsonRuntimes, podman } from "../../../src/engine/podman.ts";
import { parseToml } from "../../../src/engine/toml/document.ts";
import { tomlOf } from "../../helpers/toml.ts";

const program = "/usr/local/bin/tsrun";
const setup = podman(["crun", "runc"]);
const install = (text: string | undefined, asDefault = false) => setup.install(text, { program, asDefault });

test("podman.install() writes a drop-in where there is none", () => {
  const engine = { runtime_supports_json: ["crun", "runc", "tsrun"], runtimes: { tsrun: [program] } };
  assert.deepEqual(tomlOf(install(undefined)), { engine });
  assert.deepEqual(tomlOf(install("", true)), { engine: { ...engine, runtime: "tsrun" } });
});

test("podman.install() edits a file that has the tables already", () => {
  const before =
    '[engine]\n# Default OCI runtime\nruntime = "crun"\nruntime_supports_json = [ # those\n  "crun", # one\n]\n' +
    '\n[engine.runtimes]\n#crun = ["/usr/bin/crun"]\n\n[machine]\n';
  const after =
    '[engine]\n# Default OCI runtime\nruntime = "tsrun"\nruntime_supports_json = [ # those\n  "crun", "tsrun", # one\n]\n' +
    `\n[engine.runtimes]\ntsrun = ["${program}"]\n#crun = ["/usr/bin/crun"]\n\n[machine]\n`;
  assert.equal(install(before, true), after);
  assert.equal(setup.uninstall(after, before), before);
  assert.equal(install(after, true), after);
});

test("podman.install() adds to lists of all forms", () => {
  const list = (text: string) => install(`[engine]\nruntime_supports_json = ${text}\n`).split("\n")[1];
  assert.equal(list("[]"), 'runtime_supports_json = ["tsrun"]');
  assert.equal(list('["a",{append=true}]'), 'runtime_supports_json = ["a", "tsrun",{append=true}]');
  assert.equal(list("[{append=true}]"), 'runtime_supports_json = ["tsrun", {append=true}]');
  assert.equal(list("['tsrun']"), "runtime_supports_json = ['tsrun']");
});

test("podman.install() refuses a tsrun elsewhere and what is not TOML", () => {
  const elsewhere = '[engine.runtimes]\ntsrun = ["/opt/tsrun", "/usr/local/bin/tsrun"]\n';
  assert.throws(() => install(elsewhere), {
    message: /^engine\.runtimes\.tsrun is .* means \/opt\/tsrun, not/,
  });
  assert.throws(() => install("[engine.runtimes]\ntsrun = []\n"), {
    message: /without this executable's path$/,
  });
  assert.throws(() => install("[engine\n"), { message: "line 1: expected ]" });
  assert.throws(() => install("engine = { runtime = 'crun' }\n"), { message: /not written as a \[table\]/ });
});

test("podman.uninstall() leaves a file without tsrun as it would be without it", () => {
  const changed = `# mine\n${install(undefined, true)}`;
  assert.equal(setup.uninstall(changed, undefined), "# mine\n");
  const other = changed.replace('"crun", ', '"crun", "mine", ');
  assert.deepEqual(tomlOf(setup.uninstall(other, undefined)), {
    engine: { runtime_supports_json: ["crun", "mine", "runc"] },
  });
  const first = '[engine]\nruntime_supports_json = ["tsrun", "a"]\n[engine.runtimes]\ntsrun = ["x"]\n';
  assert.deepEqual(tomlOf(setup.uninstall(first, undefined)), { engine: { runtime_supports_json: ["a"] } });
});

test("jsonRuntimes() follows the files in their order, as Podman does", () => {
  const list = (text: string) => parseToml(`[engine]\nruntime_supports_json = ${text}\n`);
  assert.ok(["crun", "runc", "youki"].every((name) => jsonRuntimes([]).includes(name)));
  assert.deepEqual(jsonRuntimes([list('["a"]'), parseToml("# nothing\n")]), ["a"]);
  assert.deepEqual(jsonRuntimes([list('["a"]'), list('["b", "tsrun"]')]), ["b"]);
  assert.deepEqual(jsonRuntimes([list('["a"]'), list('["b", {append=true}]')]), ["a", "b"]);
});
