import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { pid } from "node:process";
import { test } from "node:test";
import { setLogSink } from "../../../../src/base/log.ts";
import { type Collected, collectGarbage } from "../../../../src/container/gc/gc.ts";
import type { RuntimeOptions } from "../../../../src/container/options.ts";
import { thisRuntime } from "../../../../src/container/runtime-process.ts";
import { emptyRecord, plant, recordOf, withStateRoot } from "../../../helpers/container-record.ts";

const config = '{"ociVersion":"1.3.0"}';
const live = thisRuntime();
assert.ok(live !== undefined);
/** One that has ended: a process of the number has begun at another time. */
const gone = { ...live, startTime: live.startTime + 1 };

function collected(
  options: RuntimeOptions,
  dryRun = false,
): { found: string[]; all: Collected[]; warnings: string[] } {
  const warnings: string[] = [];
  const previous = setLogSink((_, message) => void warnings.push(message));
  try {
    const all = collectGarbage(options, dryRun);
    const found = all.map(({ kind, path }) => `${kind} ${path.slice(options.root.length + 1)}`);
    return { found, all, warnings };
  } finally {
    setLogSink(previous);
  }
}

test("collectGarbage() takes away what has no record, as far as it is a container's", () => {
  withStateRoot((options) => {
    for (const id of ["empty", "drafted", "full"]) mkdirSync(`${options.root}/${id}`, { mode: 0o711 });
    writeFileSync(`${options.root}/drafted/state.json.new`, "{");
    for (const name of ["go", "result", "last"]) writeFileSync(`${options.root}/full/${name}`, "");
    mkdirSync(`${options.root}/full/notify`);
    const { found, warnings } = collected(options);
    assert.deepEqual(found, ["container drafted", "container empty", "container full"]);
    assert.deepEqual(warnings, []);
    assert.deepEqual(readdirSync(options.root), []);
  });
});

const strangers: readonly (readonly [what: string, make: (root: string) => void])[] = [
  ["a file", (root) => writeFileSync(`${root}/file`, "")],
  [
    "a directory with a file of another name",
    (root) => {
      mkdirSync(`${root}/b`, { mode: 0o711 });
      writeFileSync(`${root}/b/data`, "");
    },
  ],
  ["a directory whose name is no id", (root) => mkdirSync(`${root}/not an id`, { mode: 0o711 })],
  [
    "a directory whose name is no text",
    (root) => mkdirSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xff)]), { mode: 0o711 }),
  ],
  [
    "another runtime's container",
    (root) => {
      mkdirSync(`${root}/b`, { mode: 0o711 });
      writeFileSync(
        `${root}/b/state.json`,
        '{"id":"b","init_process_pid":1,"config":{"version":"1.0.2-dev"}}',
      );
    },
  ],
  [
    "a directory that others may read",
    (root) => {
      mkdirSync(`${root}/b`);
      chmodSync(`${root}/b`, 0o755);
    },
  ],
];

for (const [what, make] of strangers) {
  test(`collectGarbage() leaves empty directories alone where there is ${what}`, () => {
    withStateRoot((options) => {
      mkdirSync(`${options.root}/a`, { mode: 0o711 });
      make(options.root);
      const { found, warnings } = collected(options);
      assert.deepEqual(found, []);
      assert.ok(
        warnings.some((text) => /\/a stays: .* is not tsrun's alone, as /.test(text)),
        warnings.join(),
      );
      assert.ok(existsSync(`${options.root}/a`));
    });
  });
}

test("collectGarbage() leaves alone what it cannot judge, and says so", () => {
  withStateRoot((options) => {
    plant(options, { ...emptyRecord, id: "newer", version: 2, ready: false });
    plant(options, { ...emptyRecord, id: "damaged" }).writeFile("state.json", "{");
    mkdirSync(`${options.root}/lost`, { mode: 0o711 });
    writeFileSync(`${options.root}/lost/config.json`, config);
    mkdirSync(`${options.root}/odd/state.json`, { recursive: true });
    const { found, warnings } = collected(options);
    assert.deepEqual(found, []);
    assert.equal(warnings.length, 4, warnings.join("\n"));
    assert.match(warnings[0] ?? "", /^load container damaged: .* is damaged/);
    assert.match(warnings[1] ?? "", /^container lost stays: .*delete --force/);
    assert.match(warnings[2] ?? "", /^load container newer: .* is of version 2/);
    assert.match(warnings[3] ?? "", /^load container odd: .*: is a directory/);
    assert.deepEqual(readdirSync(options.root), ["damaged", "lost", "newer", "odd"]);
  });
});

test("collectGarbage() takes away half-made containers, but none that a command holds", () => {
  withStateRoot((options) => {
    plant(options, { ...emptyRecord, id: "begun", ready: false });
    plant(options, { ...emptyRecord, id: "dead", ready: false, pid, startTime: 1 });
    const held = plant(options, { ...emptyRecord, id: "held", ready: false });
    using _lock = held.lock(true);
    assert.deepEqual(collected(options).found, ["container begun", "container dead"]);
    assert.deepEqual(readdirSync(options.root), ["held"]);
  });
});

test("collectGarbage() never takes a container whose process lives, nor one that was made to stay", () => {
  withStateRoot((options) => {
    plant(options, { ...recordOf(), id: "alive" });
    plant(options, { ...recordOf(), id: "alive-of-run", runtime: gone });
    plant(options, { ...recordOf(), id: "not-ready", ready: false });
    plant(options, { ...emptyRecord, id: "stopped", pid, startTime: 1 });
    plant(options, { ...emptyRecord, id: "stopped-of-boot", pid, startTime: 1, bootId: "another" });
    plant(options, { ...emptyRecord, id: "waited-for", pid, startTime: 1, runtime: live });
    plant(options, {
      ...emptyRecord,
      id: "unseen",
      pid,
      startTime: 1,
      runtime: { ...gone, pidNamespace: 1 },
    });
    assert.deepEqual(collected(options).found, []);
    assert.equal(readdirSync(options.root).length, 7);
  });
});

test("collectGarbage() takes away what a run left that was killed, or ended with the machine", () => {
  withStateRoot((options) => {
    plant(options, { ...emptyRecord, id: "killed", pid, startTime: 1, runtime: gone });
    const cgroup = { mode: "v2", paths: { "": options.root } } as const;
    plant(options, { ...recordOf(), id: "rebooted", runtime: live, bootId: "another", cgroup });
    for (const id of ["killed", "rebooted"]) writeFileSync(`${options.root}/${id}/config.json`, config);
    const dry = collected(options, true);
    assert.deepEqual(dry.found, ["container killed", "container rebooted"]);
    assert.ok(dry.all.every(({ removed, reason }) => !removed && reason !== ""));
    assert.deepEqual(readdirSync(options.root), ["killed", "rebooted"]);
    const { all } = collected(options);
    assert.ok(
      all.every(({ removed, failure }) => removed && failure === undefined),
      JSON.stringify(all),
    );
    assert.deepEqual(readdirSync(options.root), []);
    assert.deepEqual(collected(options).found, []);
  });
});

test("collectGarbage() takes drafts out of a container that stays", () => {
  withStateRoot((options) => {
    const { path } = plant(options, recordOf());
    writeFileSync(`${path}/config.json`, config);
    execFileSync("mkfifo", [`${path}/go`]);
    for (const name of ["state.json.new", "config.json.new", "result", "last"])
      writeFileSync(`${path}/${name}`, "");
    assert.deepEqual(collected(options).found, [
      "file a/state.json.new",
      "file a/config.json.new",
      "file a/go",
      "file a/result",
      "file a/last",
    ]);
    assert.deepEqual(readdirSync(path), ["config.json", "state.json"]);
  });
});

test("collectGarbage() has nothing to do where there is no directory of containers", () => {
  withStateRoot((options) => {
    assert.deepEqual(collected({ ...options, root: `${options.root}/none` }).found, []);
    assert.ok(!existsSync(`${options.root}/none`));
  });
});
