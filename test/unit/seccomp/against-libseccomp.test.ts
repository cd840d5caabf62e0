// Our filters decide as libseccomp's do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import type { Seccomp } from "../../../src/oci/types.ts";
import { architectureOf } from "../../../src/seccomp/architectures.ts";
import { compileSeccomp } from "../../../src/seccomp/compile.ts";
import { operatorNames } from "../../../src/seccomp/conditions.ts";
import { ABSENT, syscallNumber } from "../../../src/seccomp/syscall-numbers.ts";
import { encode, simulate, simulator } from "../../helpers/bpf-simulator.ts";
import { canDownloadDebianFiles } from "../../helpers/debian-file.ts";
import { engineProfile } from "../../helpers/engine-profile.ts";
import { busyCalls } from "../../helpers/libseccomp/busy-calls.ts";
import { compareWithLibseccomp, type Excuse, excuseFor } from "../../helpers/libseccomp/compare.ts";
import { choices, faults } from "../../helpers/libseccomp/differences.ts";
import { Dice, generatedProfile } from "../../helpers/libseccomp/generated-profiles.ts";
import {
  compileWithLibseccomp,
  hasLibseccomp,
  LibseccompCrash,
} from "../../helpers/libseccomp/libseccomp.ts";
import { skipUnless } from "../../helpers/skip.ts";

const AUDIT_X86_64 = 0xc000003e;
/** The binary search that runc asks libseccomp for. */
const SEARCH = 2;
const seed = Number(process.env["SEED"] ?? 60);
const PROFILES = 500;
/** How many lists of arguments each call with conditions is asked with. */
const SAMPLES = 200;

for (const engine of ["podman", "docker"] as const) {
  for (const arch of ["amd64", "arm64"] as const) {
    const name = `${engine}'s profile for ${arch}`;
    test(`compileSeccomp() decides as libseccomp about ${name}`, (t: TestContext) => {
      if (!skipUnless(t, hasLibseccomp(), "libseccomp")) return;
      if (!skipUnless(t, canDownloadDebianFiles(), "debianArchive")) return;
      const { calls, differences } = compareWithLibseccomp(
        engineProfile(arch, engine),
        new Dice(seed),
        500,
        SEARCH,
      );
      assert.deepEqual(differences, []);
      assert.ok(calls > 3000, `${calls} calls`);
    });
  }
}

test(`compileSeccomp() decides as libseccomp about ${PROFILES} generated profiles`, (t: TestContext) => {
  if (!skipUnless(t, hasLibseccomp(), "libseccomp")) return;
  const tally = {
    calls: 0,
    compared: 0,
    "no such rule": 0,
    disturbed: 0,
    entangled: 0,
    "libseccomp has crashed": 0,
  };
  for (let index = 0; index < PROFILES; index++) {
    const dice = new Dice(seed * 1000 + index);
    const original = generatedProfile(dice);
    const comparison = unlessCrashed(() =>
      compareWithLibseccomp(original, dice, SAMPLES, dice.pick([1, SEARCH])),
    );
    if (comparison === undefined) {
      tally["libseccomp has crashed"]++;
      continue;
    }
    const { profile, calls, differences } = comparison;
    tally.calls += calls;
    tally.compared++;
    const excuses = new Set<Excuse>();
    for (const asked of differences) {
      const excuse = excuseFor(profile, asked);
      if (excuse === undefined) assert.fail(`seed ${seed}, profile ${index}: ${describe(profile, asked)}`);
      excuses.add(excuse);
    }
    for (const excuse of excuses) tally[excuse]++;
  }
  for (const [name, reason] of Object.entries(faults)) t.diagnostic(`${name}: ${reason}`);
  t.diagnostic(`seed ${seed}: ${JSON.stringify(tally)}`);
  // libseccomp's faults are few, or the comparison means nothing.
  assert.ok(tally["no such rule"] + tally.disturbed + tally.entangled < PROFILES / 5);
  assert.ok(tally.compared > PROFILES * 0.98);
});

function unlessCrashed<T>(compare: () => T): T | undefined {
  try {
    return compare();
  } catch (error) {
    if (error instanceof LibseccompCrash) return undefined;
    throw error;
  }
}

function describe(profile: Seccomp, asked: object): string {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_name, each: unknown) =>
      typeof each === "bigint" ? `0x${each.toString(16)}` : each,
    );
  return `${text(asked)} of ${text(profile)}`;
}

test("compileSeccomp() has a test for each difference to other runtimes", () => {
  const tests = readFileSync("test/unit/seccomp/compile.test.ts", "utf8");
  for (const { test: title } of choices) assert.ok(tests.includes(`test("${title}"`), title);
});

test("compileSeccomp() decides as libseccomp about each operator at the edges of its words", (t) => {
  if (!skipUnless(t, hasLibseccomp(), "libseccomp")) return;
  const values = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x1fffffffff, 2 ** 52 + 1];
  const edges = values.flatMap((value) =>
    [-1n, 0n, 1n].map((step) => BigInt.asUintN(64, BigInt(value) + step)),
  );
  for (const op of operatorNames) {
    for (const value of values) {
      const profile: Seccomp = {
        defaultAction: "SCMP_ACT_ALLOW",
        architectures: ["SCMP_ARCH_X86_64"],
        syscalls: [
          {
            names: ["write"],
            action: "SCMP_ACT_ERRNO",
            errnoRet: 5,
            args: [{ index: 3, op, value, valueTwo: 0x1f00000001 }],
          },
        ],
      };
      const theirs = compileWithLibseccomp(profile).program;
      const ours = compileSeccomp(profile, "x64").program;
      for (const edge of [...edges, 0x1f00000001n]) {
        const data = { arch: AUDIT_X86_64, nr: 1, args: [0n, 0n, 0n, edge] };
        assert.equal(simulate(ours, data).word, simulate(theirs, data).word, `${edge} ${op} ${value}`);
      }
    }
  }
});

/** Instructions for one call on average, and for the dearest one. */
function cost(program: Uint8Array, arch: "amd64" | "arm64"): { mean: number; most: number } {
  const architecture = architectureOf(arch === "amd64" ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64");
  const run = simulator(program);
  const steps = busyCalls.flatMap(([name, share, args = []]) => {
    const nr = syscallNumber(name, architecture);
    if (nr === ABSENT) return [];
    return [{ share, steps: run(encode({ arch: architecture.audit, nr, args })).steps }];
  });
  const total = steps.reduce((sum, { share }) => sum + share, 0);
  const mean = steps.reduce((sum, each) => sum + each.share * each.steps, 0) / total;
  return { mean, most: Math.max(...steps.map((each) => each.steps)) };
}

for (const engine of ["podman", "docker"] as const) {
  for (const arch of ["amd64", "arm64"] as const) {
    test(`compileSeccomp() needs fewer instructions than libseccomp's search for ${engine} on ${arch}`, (t) => {
      if (!skipUnless(t, hasLibseccomp(), "libseccomp")) return;
      if (!skipUnless(t, canDownloadDebianFiles(), "debianArchive")) return;
      const profile = engineProfile(arch, engine);
      const ours = cost(compileSeccomp(profile, arch === "amd64" ? "x64" : "arm64").program, arch);
      const theirs = cost(compileWithLibseccomp(profile, SEARCH).program, arch);
      t.diagnostic(`ours ${JSON.stringify(ours)}, libseccomp's ${JSON.stringify(theirs)}`);
      assert.ok(ours.mean < theirs.mean);
      assert.ok(ours.most <= theirs.most);
    });
  }
}
