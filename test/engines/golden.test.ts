// Compares what the engines' tests have recorded on tsrun with what they have recorded on runc (npm run test:engines).
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineCalls } from "../helpers/engine-calls.ts";
import { errorText, lacking, logLines, logsJson, shapeOf } from "./golden/answers.ts";
import { parseCommandLine } from "./golden/command-line.ts";
import { comparable, ofTsrunAlone } from "./golden/differences.ts";
import { kindOf, sumUp } from "./golden/summary.ts";
import type { Recording } from "./recorder/recording.ts";
import { COMPARED, keptRecordings, recordedFiles } from "./recorder/store.ts";

const files = (process.env[COMPARED]?.split(" ").sort() ?? recordedFiles("tsrun")).filter(
  (file) => !ofTsrunAlone.includes(file),
);
const recorded = (runtime: string) =>
  recordedFiles(runtime).flatMap((file) => keptRecordings(runtime, file).flat());
const commandOf = ({ argv }: Recording) => parseCommandLine(argv.slice(1)).command;
const commandLine = ({ argv }: Recording) => argv.slice(1).join(" ");

/** Whether the status may be that of a program in the container. */
const passesStatusOn = (call: Recording) =>
  ["run", "exec"].includes(commandOf(call)) && !commandLine(call).includes("--detach");

/** Standard output of the calls of a command that succeeded. */
function outputs(runtime: string, isWanted: (recording: Recording) => boolean): string[] {
  const calls = recorded(runtime).filter((each) => each.end?.status === 0 && isWanted(each));
  return calls.flatMap(({ end }) => end?.stdout?.text ?? []);
}

test("every test file was recorded on both runtimes", () => {
  for (const runtime of ["tsrun", "runc"]) {
    assert.deepEqual(
      files.filter((file) => !recordedFiles(runtime).includes(file)),
      [],
    );
  }
  assert.notDeepEqual(files, []);
});

for (const file of files) {
  test(`engines ask and are answered alike on tsrun and on runc: ${file}`, () => {
    const summary = (runtime: string) => comparable(file, sumUp(keptRecordings(runtime, file)));
    assert.deepEqual(summary("tsrun"), summary("runc"));
  });

  test(`engines can read every log and error of tsrun: ${file}`, () => {
    for (const call of keptRecordings("tsrun", file).flat()) {
      const lines = logsJson(call) ? logLines(call) : [];
      if (call.end === undefined || call.end.status === 0 || call.end.log === undefined) continue;
      const errors = lines.filter(({ level }) => level === "error");
      if (errors.length === 0 && passesStatusOn(call)) continue;
      assert.equal(errors.length, 1, `${commandLine(call)}: ${errorText(call)}`);
      assert.equal(lines.at(-1)?.level, "error", `${commandLine(call)}: ${errorText(call)}`);
      // Podman takes the whole file for one object.
      if (!call.caller?.includes("shim")) assert.equal(lines.length, 1, commandLine(call));
    }
  });
}

test("every call is one of the table that tsrun's command line is held to", () => {
  const lines = Object.values(engineCalls).flatMap(({ calls }) => calls.map(({ line }) => line));
  const known = new Set(lines.map((line) => kindOf(line.replaceAll(/\{\w+\}/g, "/place").split(" "))));
  const kinds = ["tsrun", "runc"].flatMap(recorded).map(({ argv }) => kindOf(argv.slice(1)));
  assert.deepEqual([...new Set(kinds)].filter((kind) => !known.has(kind)).sort(), []);
});

test("state has the same form on both runtimes, whatever the status", () => {
  const shapes = (runtime: string) => {
    const states = outputs(runtime, (each) => commandOf(each) === "state");
    const documents = states.map((text) => ({ ...JSON.parse(text), annotations: undefined }));
    return new Map<string, string>(documents.map((document) => [document.status, shapeOf(document)]));
  };
  const ofRunc = shapes("runc");
  for (const [status, shape] of shapes("tsrun")) assert.equal(shape, ofRunc.get(status) ?? shape);
});

test("ps in JSON is a list of numbers, or null as runc has it where there are none", () => {
  const isJson = (each: Recording) => commandOf(each) === "ps" && commandLine(each).includes("json");
  for (const text of outputs("tsrun", isJson)) assert.match(shapeOf(JSON.parse(text)), /^(\[number\]|null)$/);
});

test("--version has the lines that engines look for", () => {
  const said = outputs("tsrun", (each) => commandOf(each) === "" && commandLine(each).includes("version"));
  assert.notDeepEqual(said, []);
  for (const text of said) assert.match(text, /^tsrun version \S+\ncommit: \S+\nspec: \d+\.\d+\.\d+\S*\n/);
});

test("features has what engines look for, and all that runc's has", () => {
  const documents = (runtime: string) =>
    outputs(runtime, (each) => commandOf(each) === "features").map((text) => JSON.parse(text));
  for (const { ociVersionMin, ociVersionMax, mountOptions, linux } of documents("tsrun")) {
    for (const version of [ociVersionMin, ociVersionMax]) assert.match(version, /^\d+\.\d+\.\d+/);
    assert.ok(mountOptions.includes("rro"));
    assert.ok(linux.namespaces.includes("user"));
    assert.equal(linux.mountExtensions.idmap.enabled, true);
  }
  const [ours] = documents("tsrun");
  for (const { annotations, potentiallyUnsafeConfigAnnotations, ...rest } of documents("runc")) {
    assert.deepEqual(lacking(rest, ours), []);
  }
});
