// opencontainers/runtime-tools' validation programs on the runtime named by RUNTIME: one test a program.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { after, test } from "node:test";
import { buildConformance, listPrograms } from "./build.ts";
import { CgroupView } from "./cgroup-view.ts";
import { findMismatch, reasonToFail } from "./compare.ts";
import { expectations } from "./expected.ts";
import { startSuite, sweepCgroups } from "./suite.ts";

const runtime = resolve(process.env["RUNTIME"] ?? "dist/tsrun");
assert.ok(existsSync(runtime), `no runtime at ${runtime}: run npm run build`);
const folder = buildConformance((line) => console.log(`# ${line}`));
const programs = listPrograms(folder);
const setting = { view: await CgroupView.open(), folder, runtime };

function title(program: string): string {
  const expectation = expectations[program];
  const reason = expectation === undefined ? undefined : reasonToFail(expectation);
  return reason === undefined ? `${program} passes` : `${program} fails: ${reason}`;
}

const results = startSuite(setting, programs);

after(() => setting.view.close());

test("expected.ts lists the programs of this version of runtime-tools", () => {
  assert.deepEqual(Object.keys(expectations).sort(), programs);
});

for (const [program, pending] of results) {
  test(title(program), async () => {
    const result = await pending;
    const mismatch = findMismatch(expectations[program], result);
    assert.equal(mismatch, undefined, `${mismatch}\n${result.run.stderr}`);
  });
}

test("containers leave no cgroup", () => {
  assert.deepEqual(sweepCgroups(setting), []);
});
