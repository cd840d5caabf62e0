// What `update` says of a call or a document that makes no sense, and of a limit that the kernel refuses.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CgroupFile, cgroupDriver, readCgroup } from "../helpers/cgroups.ts";
import type { Config } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine } from "../helpers/runtime.ts";
import { skipUnless } from "../helpers/skip.ts";

leaveNothing();

const MiB = 2 ** 20;
const memory: CgroupFile = { v1: ["memory", "memory.limit_in_bytes"], v2: "memory.max" };

/** Limits that must be there still when an update was refused. */
function limit(config: Config): void {
  config.linux.resources = { ...config.linux.resources, memory: { limit: 32 * MiB }, cpu: { quota: 50_000 } };
}

/** What is wrong with a call: what is read, the flags, and the words of the last line. */
const mistakes: readonly (readonly [what: string, flags: readonly string[], words: RegExp])[] = [
  ["a size that is none", ["--memory", "much"], /invalid value for memory: invalid size: 'much'/],
  ["a number that is none", ["--cpu-quota", "much"], /invalid value for cpu-quota: /],
  ["a negative period", ["--cpu-period", "-5"], /invalid value for cpu-period: /],
  [
    "a limit of processes that is none",
    ["--pids-limit", "x"],
    /invalid value \\?"x\\?" for flag -pids-limit: parse error/,
  ],
  ["a flag that there isn't", ["--bogus", "1"], /requires exactly 1 argument|not defined: -bogus/],
  ["a file that is missing", ["-r", "/nonexistent/x"], /open \/nonexistent\/x: no such file or directory/],
];

for (const [what, flags, words] of mistakes) {
  it(`update refuses ${what}`, (box) => {
    const id = box.running(limit);
    const result = box.call(["update", id, ...flags]);
    assert.equal(result.status, 1);
    assert.match(lastLine(result), words);
    assert.equal(readCgroup(box, id, memory), String(32 * MiB));
  });
}

const documents: readonly (readonly [what: string, input: string, words: RegExp])[] = [
  ["no text", "", /invalid resources on standard input: line 1, column 1: /],
  ["half a document", '{"memory":', /invalid resources on standard input: line 1, column 11: /],
  ["a list", "[]", /expected an object, found an empty array/],
  [
    "text for a number",
    '{"memory":{"limit":"64M"}}',
    /\/memory\/limit: expected an integer, found \\?"64M\\?"/,
  ],
  [
    "a number beyond 64 bits",
    '{"cpu":{"period":1e30}}',
    /\/cpu\/period: expected an integer <= 18446744073709551615/,
  ],
  [
    "less swap than memory",
    '{"memory":{"limit":8388608,"swap":4096}}',
    /\/memory\/swap: counts memory and swap/,
  ],
  ["a path for a file", '{"unified":{"../memory.max":"1"}}', /must be a file name \(no slashes\)/],
  ["endless nesting", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, /nested too deep/],
];

for (const [what, input, words] of documents) {
  it(`update names the fault in resources that are ${what}`, (box) => {
    const id = box.running(limit);
    const result = box.call(["update", "--resources", "-", id], { input });
    assert.equal(result.status, 1);
    assert.match(lastLine(result), words);
    assert.doesNotMatch(result.stderr, /\n\s+at /);
    assert.equal(readCgroup(box, id, memory), String(32 * MiB));
  });
}

it("update names the place in the resources of what the kernel refuses", (box, t) => {
  if (!skipUnless(t, cgroupDriver === "cgroupfs", "cgroupfsDriver")) return;
  const id = box.running(limit);
  const path = join(box.directory, "resources.json");
  writeFileSync(path, '{"cpu":{"quota":1}}');
  assert.match(
    box.fail(["update", "-r", path, id]),
    /invalid argument \(resources \S+resources\.json: \/cpu\/quota\); /,
  );
  assert.doesNotMatch(box.fail(["update", id, "--cpu-quota", "1"]), /config\.json/);
});

it("update refuses schemata where the machine has none", (box) => {
  const id = box.running();
  const [l3, bandwidth] = [
    ["--l3-cache-schema", "L3:0=f"],
    ["--mem-bw-schema", "MB:0=50"],
  ];
  assert.match(box.fail(["update", id, ...l3]), /Intel RDT\/CAT: l3 cache schema is not enabled/);
  assert.match(
    box.fail(["update", id, ...bandwidth]),
    /Intel RDT\/MBA: memory bandwidth schema is not enabled/,
  );
});
