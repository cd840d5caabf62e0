import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getuid } from "node:process";
import { type TestContext, test } from "node:test";
import { setLogSink } from "../../../src/base/log.ts";
import type { Seccomp } from "../../../src/oci/types.ts";
import { filterName, loadFilter } from "../../../src/seccomp/cache.ts";
import { storeFilter } from "../../../src/seccomp/cache-writer.ts";
import { compileSeccomp } from "../../../src/seccomp/compile.ts";
import type { CompiledFilter } from "../../../src/seccomp/filter.ts";
import { planSeccomp } from "../../../src/seccomp/plan.ts";
import { skipUnless } from "../../helpers/skip.ts";

const profile: Seccomp = {
  defaultAction: "SCMP_ACT_ERRNO",
  syscalls: [{ names: ["write", "wirte"], action: "SCMP_ACT_ALLOW" }],
};
const filter = compileSeccomp(profile, "x64");
const name = filterName(profile, "x64");

/** Runs a test with a directory, below one of its own, in which the filter is kept. */
function withCache(body: (directory: string) => void): void {
  const parent = mkdtempSync(join(tmpdir(), "tsrun-cache-"));
  const directory = join(parent, "filters");
  try {
    storeFilter(directory, name, filter);
    body(directory);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

function assertSame(found: CompiledFilter | undefined, expected: CompiledFilter): void {
  assert.ok(found !== undefined);
  assert.deepEqual([...found.program], [...expected.program]);
  assert.equal(found.flags, expected.flags);
  assert.deepEqual(found.unknown, expected.unknown);
}

test("loadFilter() gives back what storeFilter() was given", () => {
  withCache((directory) => {
    assertSame(loadFilter(directory, name), filter);
    assert.equal(statSync(directory).mode & 0o7777, 0o700);
    assert.deepEqual(readdirSync(directory), [name]);
    assert.equal(statSync(join(directory, name)).mode & 0o7777, 0o600);
    assert.equal(loadFilter(directory, filterName(profile, "arm64")), undefined);
  });
});

test("loadFilter() does not believe a file that was changed in any byte, cut off or given another name", () => {
  withCache((directory) => {
    const path = join(directory, name);
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(path, changed);
      assert.equal(loadFilter(directory, name), undefined, `byte ${at}`);
    }
    for (const length of [0, 1, 63, 64, 128, 135, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      assert.equal(loadFilter(directory, name), undefined, `${length} bytes`);
    }
    writeFileSync(path, whole);
    const other = filterName(profile, "arm64");
    renameSync(path, join(directory, other));
    assert.equal(loadFilter(directory, other), undefined);
    storeFilter(directory, other, filter);
    assertSame(loadFilter(directory, other), filter);
  });
});

test("loadFilter() reads only what nobody else may write", (t: TestContext) => {
  withCache((directory) => {
    const path = join(directory, name);
    for (const mode of [0o602, 0o620, 0o644, 0o4600]) {
      chmodSync(path, mode);
      assert.equal(loadFilter(directory, name), undefined, mode.toString(8));
    }
    chmodSync(path, 0o600);
    assertSame(loadFilter(directory, name), filter);
    renameSync(path, `${directory}/real`);
    symlinkSync("real", path);
    assert.equal(loadFilter(directory, name), undefined);
    rmSync(path);
    mkdirSync(path);
    assert.equal(loadFilter(directory, name), undefined);
  });
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  withCache((directory) => {
    chownSync(join(directory, name), 1, 1);
    assert.equal(loadFilter(directory, name), undefined);
  });
});

test("storeFilter() writes only into a directory that nobody else may write", () => {
  withCache((directory) => {
    rmSync(join(directory, name));
    chmodSync(directory, 0o755);
    storeFilter(directory, name, filter);
    assert.deepEqual(readdirSync(directory), []);
    rmSync(directory, { recursive: true });
    mkdirSync(`${directory}.real`, { mode: 0o700 });
    symlinkSync(`${directory}.real`, directory);
    storeFilter(directory, name, filter);
    assert.deepEqual(readdirSync(`${directory}.real`), []);
  });
});

test("storeFilter() keeps nothing where it cannot, and says so to nobody but --debug", () => {
  const messages: string[] = [];
  const previous = setLogSink((level) => messages.push(level));
  storeFilter("/nowhere/at/all", name, filter);
  assert.equal(loadFilter("/nowhere/at/all", name), undefined);
  assert.equal(existsSync("/nowhere"), false);
  setLogSink(previous);
  assert.deepEqual(messages, ["debug"]);
});

test("storeFilter() removes the oldest beyond 64 files, drafts that were left among them", () => {
  withCache((directory) => {
    const old = join(directory, `${"0".repeat(64)}.4711`);
    writeFileSync(old, "");
    utimesSync(old, 1, 1);
    const foreign = join(directory, "another's");
    mkdirSync(foreign);
    utimesSync(foreign, 1, 1);
    for (let index = 0; index < 64; index++) {
      const one: Seccomp = { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: index };
      storeFilter(directory, filterName(one, "x64"), compileSeccomp(one, "x64"));
    }
    assert.equal(readdirSync(directory).length, 65);
    assert.deepEqual([existsSync(old), existsSync(foreign)], [false, true]);
    assert.equal(loadFilter(directory, name), undefined);
  });
});

test("filterName() differs wherever the filter might", () => {
  const rule = { names: ["write"], action: "SCMP_ACT_ALLOW" } as const;
  const condition = { index: 0, op: "SCMP_CMP_EQ" } as const;
  const profiles: Seccomp[] = [
    { defaultAction: "SCMP_ACT_ERRNO" },
    { defaultAction: "SCMP_ACT_KILL" },
    { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1 },
    { defaultAction: "SCMP_ACT_ERRNO", architectures: [] },
    { defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86"] },
    { defaultAction: "SCMP_ACT_ERRNO", flags: [] },
    { defaultAction: "SCMP_ACT_ERRNO", flags: ["SECCOMP_FILTER_FLAG_LOG"] },
    { defaultAction: "SCMP_ACT_ERRNO", syscalls: [rule] },
    { defaultAction: "SCMP_ACT_ERRNO", syscalls: [rule, rule] },
    { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ ...rule, errnoRet: 1 }] },
    { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ ...rule, args: [{ ...condition, value: 2 ** 53 }] }] },
    {
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: [{ ...rule, args: [{ ...condition, value: 2n ** 53n + 1n }] }],
    },
  ];
  const names = profiles.flatMap((each) => [filterName(each, "x64"), filterName(each, "arm64")]);
  assert.equal(new Set(names).size, names.length);
  const agent: Seccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    listenerPath: "/run/agent",
    listenerMetadata: "x",
  };
  assert.equal(filterName(agent, "x64"), names[0]);
});

test("planSeccomp() gives the same filter and the same warning when it is kept", () => {
  const parent = mkdtempSync(join(tmpdir(), "tsrun-cache-"));
  const messages: string[] = [];
  const previous = setLogSink((level, message) => level === "debug" || messages.push(message));
  const plans = [
    planSeccomp(profile),
    planSeccomp(profile, `${parent}/f`),
    planSeccomp(profile, `${parent}/f`),
  ];
  setLogSink(previous);
  assert.equal(readdirSync(`${parent}/f`).length, 1);
  rmSync(parent, { recursive: true });
  assert.equal(messages.length, 3);
  assert.equal(new Set(messages).size, 1);
  const programs = plans.map((plan) => Buffer.from(plan?.program ?? []).toString("hex"));
  assert.equal(new Set(programs).size, 1);
  assert.notEqual(programs[0], "");
});
