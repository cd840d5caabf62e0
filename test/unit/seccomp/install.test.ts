// What the kernel makes of our filters, in processes of our own.
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arch, getuid } from "node:process";
import { type TestContext, test } from "node:test";
import { setLogSink } from "../../../src/base/log.ts";
import type { Seccomp, SeccompOperator } from "../../../src/oci/types.ts";
import { compileSeccomp } from "../../../src/seccomp/compile.ts";
import { installSeccomp } from "../../../src/seccomp/install.ts";
import { planSeccomp } from "../../../src/seccomp/plan.ts";
import {
  applyBoundingSet,
  applyCapabilities,
  type CapabilityPlan,
  lastCapability,
} from "../../../src/security/capabilities.ts";
import { takeUser } from "../../../src/security/user.ts";
import { capset } from "../../../src/sys/capset.ts";
import { dupOnto } from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { pipe } from "../../../src/sys/pipe.ts";
import { setNoNewPrivileges } from "../../../src/sys/prctl.ts";
import { Hand } from "../../../src/sys/stub/hand.ts";
import { HandMemory } from "../../../src/sys/stub/hand-memory.ts";
import { simulate } from "../../helpers/bpf-simulator.ts";
import { canDownloadDebianFiles } from "../../helpers/debian-file.ts";
import { engineProfile } from "../../helpers/engine-profile.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { illegalProgram } from "../../helpers/tiny-program.ts";

const machine = arch === "arm64" ? "arm64" : "x64";
const native = machine === "x64" ? { audit: 0xc000003e, getpid: 39 } : { audit: 0xc00000b7, getpid: 172 };
const CAP_KILL = 1n << 5n;
const CAP_SYS_ADMIN = 1n << 21n;
const NOBODY = 65534;
const SIGILL = 4;
const EACCES = 13;

/** A process that is killed in the end. */
function withHand<T>(body: (k: Hand) => T): T {
  const hand = Hand.clone(new HandMemory(1 << 20), { namespaces: 0 });
  try {
    return body(hand);
  } finally {
    hand.destroy();
  }
}

function filterOf(profile: Seccomp) {
  const filter = planSeccomp(profile);
  assert.ok(filter !== undefined);
  return filter;
}

/** A program's output and wait status. */
interface Outcome {
  readonly text: string;
  readonly status: number;
}

/** Executes a program out of a hand: `prepare` makes calls first, `before` queues what the last batch begins with. */
function execute(
  argv: readonly string[],
  before: (k: Hand) => void,
  prepare: (k: Hand) => void = () => {},
): Outcome {
  const [output, report] = [pipe(local), pipe(local)];
  const hand = Hand.clone(new HandMemory(1 << 20), { namespaces: 0 });
  try {
    dupOnto(hand, output.write.number, 1);
    prepare(hand);
    hand.beginLast(report.write.number);
    before(hand);
    const { memory } = hand;
    const path = memory.string(argv[0] ?? "");
    const addresses = memory.strings(argv);
    hand.queue({ name: "execve", args: [path, addresses, memory.strings([])], subject: argv[0] ?? "" });
    hand.release();
  } catch (error) {
    hand.destroy();
    throw error;
  } finally {
    for (const end of [output.write, report.write]) end[Symbol.dispose]();
  }
  const text = readFileSync(output.read.number, "utf8");
  const failure = readFileSync(report.read.number);
  for (const end of [output.read, report.read]) end[Symbol.dispose]();
  const status = hand.reap();
  assert.equal(failure.length, 0, "a record of the last batch has failed");
  return { text, status };
}

test("installSeccomp() runs programs under the engines' profile", (t: TestContext) => {
  if (!skipUnless(t, canDownloadDebianFiles(), "debianArchive")) return;
  // Before any hand: clones of a process that has made one have none of the engine's memory, so nothing else is spawned.
  const filter = filterOf(engineProfile(machine === "x64" ? "amd64" : "arm64"));
  const { text, status } = execute(["/bin/cat", "/proc/self/status"], (k) => {
    setNoNewPrivileges(k);
    installSeccomp(k, filter);
  });
  assert.equal(status, 0);
  assert.match(text, /^Seccomp:\t2$/m);
});

test("installSeccomp() puts a thread under a filter that the kernel runs as the simulator does", () => {
  const operators: SeccompOperator[] = ["SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"];
  const values = [0, 1, 0xffffffff, 0x100000000, 0x500000005, 0x500000006, 2 ** 40];
  for (const op of operators) {
    const args = [{ index: 1, op, value: 0x500000005, valueTwo: 0x100000001 }];
    const profile: Seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["getpid"], action: "SCMP_ACT_ERRNO", errnoRet: 99, args }],
    };
    const filter = compileSeccomp(profile, machine);
    withHand((k) => {
      setNoNewPrivileges(k);
      installSeccomp(k, filter);
      for (const value of values) {
        const data = { arch: native.audit, nr: native.getpid, args: [0n, BigInt(value)] };
        const refused = simulate(filter.program, data).word === 0x00050063;
        assert.equal(
          k.attempt({ name: "getpid", args: [0, value] }),
          refused ? -99 : k.pid,
          `${value} ${op}`,
        );
      }
    });
  }
});

test("installSeccomp() leaves nothing to be done but execve", () => {
  const folder = mkdtempSync(join(tmpdir(), "tsrun-seccomp-"));
  const program = join(folder, "program");
  writeFileSync(program, illegalProgram());
  chmodSync(program, 0o755);
  const filter = filterOf({
    defaultAction: "SCMP_ACT_KILL_PROCESS",
    syscalls: [{ names: ["execve"], action: "SCMP_ACT_ALLOW" }],
  });
  const { status } = execute([program], (k) => {
    setNoNewPrivileges(k);
    installSeccomp(k, filter);
  });
  // Its only instruction is not one: any call between the filter and the program would have been SIGSYS.
  assert.equal(status, SIGILL);
  rmSync(folder, { recursive: true });
});

/** The fields of /proc/PID/status that tell of privileges. */
function privileges(status: string): Record<string, string> {
  const fields = status.matchAll(
    /^(CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs|Seccomp|Seccomp_filters):\t(.*)$/gm,
  );
  return Object.fromEntries(
    [...fields].map(([, name = "", value = ""]) => [name, value.replace(/^0+(?=.)/, "")]),
  );
}

for (const [who, uid, rest] of [
  ["root", 0, CAP_KILL],
  ["another user", NOBODY, 0n],
] as const) {
  test(`installSeccomp() works with a CAP_SYS_ADMIN that ends with execve, for ${who}`, (t: TestContext) => {
    if (!skipUnless(t, getuid?.() === 0, "root")) return;
    const none: CapabilityPlan = {
      bounding: CAP_KILL,
      effective: 0n,
      permitted: 0n,
      inheritable: 0n,
      ambient: 0n,
      last: lastCapability(),
    };
    const filter = filterOf({
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["capset"], action: "SCMP_ACT_KILL_PROCESS" }],
    });
    const { text } = execute(
      ["/bin/cat", "/proc/self/status"],
      (k) => {
        capset(k, { ...none, permitted: CAP_SYS_ADMIN, effective: CAP_SYS_ADMIN });
        installSeccomp(k, filter);
      },
      (k) => {
        applyBoundingSet(k, none);
        takeUser(k, { uid, gid: uid }, true);
        applyCapabilities(k, { ...none, permitted: CAP_SYS_ADMIN });
      },
    );
    const capability = rest.toString(16);
    const expected = { CapInh: "0", CapPrm: capability, CapEff: capability, CapAmb: "0", NoNewPrivs: "0" };
    assert.deepEqual(privileges(text), { ...expected, Seccomp: "2", Seccomp_filters: "1" });
  });
}

test("installSeccomp() names its step where the kernel refuses it", (t: TestContext) => {
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  withHand((k) => {
    takeUser(k, { uid: NOBODY, gid: NOBODY }, true);
    installSeccomp(k, filterOf({ defaultAction: "SCMP_ACT_ALLOW" }));
    assert.throws(
      () => k.flush(),
      (error: Error & { pointer?: string; cause?: unknown }) => {
        assert.equal(error.message, "installing the seccomp filter");
        assert.equal(error.pointer, "/linux/seccomp");
        assert.equal((error.cause as { errno: number }).errno, EACCES);
        return true;
      },
    );
  });
});

test("planSeccomp() warns once of the names that it leaves out", () => {
  const messages: string[] = [];
  const previous = setLogSink((level, message) => messages.push(`${level}: ${message}`));
  planSeccomp({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [
      { names: ["write", "wirte"], action: "SCMP_ACT_ALLOW" },
      { names: ["opne", "wirte", "s390_sthyi"], action: "SCMP_ACT_ALLOW" },
    ],
  });
  assert.equal(planSeccomp(undefined), undefined);
  setLogSink(previous);
  assert.deepEqual(messages, ["warning: ignoring unknown system calls in the seccomp profile: wirte, opne"]);
});
