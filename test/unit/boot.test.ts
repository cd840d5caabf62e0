// What a command loads, not how long it takes (design.md, D5): the bundle is made once more with a marker in every module.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join, relative } from "node:path";
import { after, test } from "node:test";
import { build, type Loader, type Plugin } from "esbuild";
import { runtimeBundle } from "../../scripts/lib/bundle.ts";
import type { ContainerRecord } from "../../src/container/record.ts";
import { defaultSpec } from "../../src/oci/spec.ts";
import type { Seccomp } from "../../src/oci/types.ts";

const directory = mkdtempSync(join(tmpdir(), "tsrun-boot-"));
after(() => rmSync(directory, { recursive: true }));

/** Descriptor on which a marked module says its path when it is evaluated. */
const REPORT = 3;
const loaders: Record<string, Loader> = { ".ts": "ts", ".cts": "ts" };

const markers: Plugin = {
  name: "markers",
  setup: (bundling) =>
    bundling.onLoad({ filter: /\.[cm]?[jt]s$/ }, ({ path }) => {
      const mark = `globalThis.tsrunLoads(${JSON.stringify(`${relative(".", path)}\n`)});`;
      return {
        contents: `${mark}${readFileSync(path, "utf8").replace(/^#!.*/, "")}`,
        loader: loaders[extname(path)] ?? "js",
      };
    }),
};

const bundle = join(process.cwd(), "build", `boot-${process.pid}.cjs`);
after(() => rmSync(bundle, { force: true }));
// Made ahead of all modules: some have a `require` of their own.
const js = `globalThis.tsrunLoads = (path) => require("node:fs").writeSync(${REPORT}, path);
{
  const module = require("node:module");
  const load = module._load;
  module._load = function (name, ...rest) {
    if (name === "koffi") globalThis.tsrunLoads("koffi\\n");
    return load.call(this, name, ...rest);
  };
}`;
await build({
  ...runtimeBundle(),
  outfile: bundle,
  external: ["koffi"],
  plugins: [markers],
  banner: { js },
});

/** Paths of the modules that a command evaluates. */
function loadedBy(...args: string[]): string[] {
  const { output, error } = spawnSync(process.execPath, [bundle, "--root", directory, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  assert.equal(error, undefined);
  return (output[REPORT] ?? "").split("\n").filter((path) => path !== "");
}

/** Packages, and validators but the one of state.json, which these commands read. */
const heavy = /node_modules\/|generated\/(?!validate-record)|yargs/;

test("the markers show what is loaded: --help loads yargs", () => {
  const loaded = loadedBy("--help");
  assert.ok(
    loaded.some((path) => path.startsWith("node_modules/yargs/")),
    loaded.join("\n"),
  );
});

for (const args of [["--version"], ["state", "nobody"], ["kill", "nobody"], ["delete", "nobody"]]) {
  test(`tsrun ${args.join(" ")} loads no package and no validator but state.json's`, () => {
    const loaded = loadedBy(...args);
    assert.ok(loaded.includes("src/main.ts"), "nothing was loaded at all");
    assert.deepEqual(
      loaded.filter((path) => heavy.test(path)),
      [],
    );
  });
}

/** Makes a container that has ended, as far as the commands that only look can tell. */
function leaveStoppedContainer(id: string): void {
  const record: ContainerRecord = {
    version: 1,
    id,
    ociVersion: "1.2.0",
    bundle: directory,
    rootfs: directory,
    created: "2026-11-21T00:00:00.000000000Z",
    owner: 0,
    pid: spawnSync("true").pid,
    startTime: 1,
    cgroup: { mode: "none", paths: {} },
    ready: true,
    ownPidNamespace: true,
  };
  mkdirSync(join(directory, id));
  writeFileSync(join(directory, id, "state.json"), JSON.stringify(record));
}

test("tsrun state and list make no system call of their own: koffi is not loaded", () => {
  leaveStoppedContainer("stopped");
  assert.ok(!loadedBy("state", "stopped").includes("koffi"));
  assert.ok(!loadedBy("list").includes("koffi"));
  assert.ok(loadedBy("delete", "--force", "stopped").includes("koffi"), "the mark does not show it");
});

test("tsrun create loads no compiler for a seccomp profile that was compiled before", () => {
  const bundle = join(directory, "bundle");
  mkdirSync(bundle);
  const seccomp: Seccomp = { defaultAction: "SCMP_ACT_ERRNO" };
  const config = { ...defaultSpec({ cgroup2: false }), root: { path: "missing" } };
  writeFileSync(
    join(bundle, "config.json"),
    JSON.stringify({ ...config, linux: { ...config.linux, seccomp } }),
  );
  const compiling = () =>
    loadedBy("create", "--bundle", bundle, "made").filter((path) => /seccomp\/(compile|.*table)/.test(path));
  assert.ok(compiling().includes("src/seccomp/compile.ts"), "the mark does not show it");
  assert.deepEqual(compiling(), []);
});

test("tsrun exec loads neither schemas nor what makes containers", () => {
  const loaded = loadedBy("exec", "nobody", "true");
  const needless =
    /generated\/validate-config|oci\/load|node_modules\/|container\/construct|init\/(init|root)\.ts|seccomp\/compile/;
  assert.deepEqual(
    loaded.filter((path) => needless.test(path)),
    [],
  );
});
