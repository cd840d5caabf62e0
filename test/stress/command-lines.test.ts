// Generated command lines, on a machine whose files cannot be written to; TSRUN_FUZZ_SEED and TSRUN_STRESS as in fuzz.test.ts.
import assert from "node:assert/strict";
import { chmodSync, chownSync } from "node:fs";
import fc from "fast-check";
import { fuzzSeed, isFull } from "../helpers/fuzz/amount.ts";
import { commandLineTexts } from "../helpers/fuzz/command-words.ts";
import { ScratchMachine } from "../helpers/fuzz/machine.ts";
import { faultOfResult } from "../helpers/fuzz/result.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine, type Result } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

const lines = isFull ? 5000 : 400;
/** So often there is a running container and a created one, called `a` and `b` in the lines. */
const ROUND = 25;
const NOBODY = 65_534;
/** What execve(2) takes as one word (MAX_ARG_STRLEN). */
const LONGEST = 128 * 1024;

/** A failure; `exec` before its program; an unknown command. Programs end with others, but only where one ran. */
const failures = [0, 1, 3, 255];
/** These wait while the container lives, as they are to. */
const waiting = ["events", "stats"];

const canBeGiven = (words: readonly string[]): boolean =>
  words.every((word) => !word.includes("\0") && Buffer.byteLength(word) < LONGEST);

function faultOf(words: readonly string[], result: Result): string | undefined {
  const ran = words.includes("exec") || words.includes("run");
  const fault = faultOfResult(result, ran ? [result.status ?? 0] : []);
  if (fault !== undefined || ran) return fault;
  if (!failures.includes(result.status ?? -1)) return `ended with status ${result.status}`;
  return lastLine(result).includes("\u001b") ? "wrote what steers a terminal" : undefined;
}

/** Words with the ids of two containers in them. */
function named(words: readonly string[], ids: ReadonlyMap<string, string>): string[] {
  const lives = !words.some((word) => waiting.includes(word));
  return words.map((word) => (lives ? (ids.get(word) ?? word) : word));
}

it(`${lines} generated command lines end, and say in one line what is wrong`, (box: Sandbox) => {
  const cwd = box.folder("cwd");
  chownSync(cwd, NOBODY, NOBODY);
  chmodSync(cwd, 0o777);
  using machine = ScratchMachine.readOnly(box.directory);
  const asNobody = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  const sample = fc.sample(commandLineTexts.filter(canBeGiven), { seed: fuzzSeed, numRuns: lines });
  let ids = new Map<string, string>();
  for (const [index, words] of sample.entries()) {
    if (index % ROUND === 0) {
      for (const id of box.containers()) box.call(["delete", "--force", id]);
      ids = new Map([
        ["a", box.running()],
        ["b", box.create(["/bin/true"]).id],
      ]);
    }
    const isNobody = index % 4 === 3;
    const through = [...machine.through, ...(isNobody ? asNobody : [])];
    const argv = named(words, ids);
    const fault = faultOf(words, box.call(argv, { through: [...through, "env", `--chdir=${cwd}`] }));
    const text = JSON.stringify(argv).slice(0, 2000);
    assert.equal(fault, undefined, `TSRUN_FUZZ_SEED=${fuzzSeed}, line ${index}: ${fault}: ${text}`);
  }
});

for (const argv of [
  ["state", "@@"],
  ["@@"],
  ["--root", "/tmp/@@", "list"],
  ["--@@", "list"],
  ["--log", "/nowhere/@@", "list"],
  ["create", "--bundle", "@@", "a"],
  ["exec", "--env", "A=@@", "none", "@@"],
  ["--get-yargs-completions", "tsrun", "@@"],
]) {
  it(`bytes that are no UTF-8 are refused in one line: ${argv.join(" ")}`, (box) => {
    // Node would encode them.
    const replace = "case $word in *@@*) word=$(printf %s $word | sed s/@@/$x/);; esac";
    const loop = `for word; do shift; ${replace}; set -- "$@" "$word"; done`;
    const script = `x=$(printf '\\377\\376\\200'); ${loop}; exec "$@"`;
    const bytes = ["sh", "-c", script, "sh"];
    const result = box.call(argv, { through: bytes });
    assert.equal(faultOf(argv, result), undefined);
  });
}
