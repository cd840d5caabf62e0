import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { generateStub, parseListing } from "../../../../scripts/stub.ts";
import { code } from "../../../../src/sys/stub/code.ts";
import { flag, record, turn } from "../../../../src/sys/stub/protocol.ts";
import { skipUnless } from "../../../helpers/skip.ts";
import { PARENT, prefixes, runStub, runsHere, type StubArchitecture } from "../../../helpers/stub-program.ts";

const EBADF = -9n;
const SIGCHLD = 17;
/** The turn of a batch that is done. */
const BACK = turn.parents + PARENT;
const [first, second, third] = flag.indirect;

const hasTools = Object.values(prefixes).every(
  (prefix) => spawnSync(`${prefix}objdump`, ["--version"]).status === 0,
);

test("code.ts is what binutils make of x64.S and arm64.S", (t) => {
  if (!skipUnless(t, hasTools, "arm64Objdump")) return;
  assert.equal(readFileSync("src/sys/stub/code.ts", "utf8"), generateStub());
});

test("parseListing() joins an instruction's bytes over lines and leaves comments out", () => {
  const output = [
    "0000000000000000 <label>:",
    "   0:\t64 48 8b 04 25 00 00 \tmov    rax,QWORD PTR fs:0x0",
    "   7:\t00 00 ",
    "   9:\t48 8d 05 00 00 00 00 \tlea    rax,[rip+0x0]        # 10 <x>",
  ].join("\n");
  assert.deepEqual(parseListing(output, 1), [
    { bytes: "", text: "label:" },
    { bytes: "64488b042500000000", text: "mov rax,QWORD PTR fs:0x0" },
    { bytes: "488d0500000000", text: "lea rax,[rip+0x0]" },
  ]);
});

test("the programs for both architectures have the same labels", () => {
  const labels = (target: StubArchitecture) =>
    code[target].map(([, text]) => text).filter((text) => text.endsWith(":"));
  assert.deepEqual(labels("arm64"), labels("x64"));
});

function canRun(t: TestContext, target: StubArchitecture): boolean {
  return skipUnless(t, hasTools, "arm64Objdump") && skipUnless(t, runsHere(target), "qemuArm64");
}

const data = `
text: .ascii "hello\\n"
memfd_name: .asciz "stub"
.balign 8
slot: .quad 0
pointer: .quad text
length: .quad 5
status: .quad 0
`;

for (const target of ["x64", "arm64"] as const) {
  test(`the stub for ${target} carries a batch out in order and gives the turn back`, (t) => {
    if (!canRun(t, target)) return;
    const run = runStub(
      target,
      [
        {
          label: "main",
          records: [
            { name: "getpid" },
            { name: "write", args: [1, "text", 6] },
            { name: "close", args: [-1], flags: flag.allowFailure },
            { name: "write", args: [1, "text", 2] },
          ],
        },
      ],
      data,
    );
    assert.equal(run.status, 0);
    assert.equal(run.output.toString(), "hello\nhe");
    assert.deepEqual(run.block("main"), { left: 0, turn: BACK });
    assert.ok(run.result("main", 0) > 1n);
    assert.equal(run.result("main", 2), EBADF);
  });

  test(`the stub for ${target} ends a batch at a failure that is not allowed`, (t) => {
    if (!canRun(t, target)) return;
    const run = runStub(
      target,
      [
        {
          label: "main",
          records: [
            { name: "write", args: [1, "text", 1] },
            { name: "close", args: [-1], flags: flag.store, extra: "slot" },
            { name: "write", args: [1, "text", 6] },
            { name: "write", args: [1, "text", 6] },
          ],
        },
      ],
      data,
    );
    assert.equal(run.output.toString(), "h");
    assert.deepEqual(run.block("main"), { left: 3, turn: BACK });
    assert.equal(run.result("main", 1), EBADF);
    assert.equal(run.result("main", 2), 0n);
  });

  test(`the stub for ${target} stores results and takes three arguments from memory`, (t) => {
    if (!canRun(t, target)) return;
    const run = runStub(
      target,
      [
        {
          label: "main",
          records: [
            { name: "memfd_create", args: ["memfd_name", 0], flags: flag.store, extra: "slot" },
            { name: "write", args: ["slot", "pointer", "length"], flags: first | second | third },
            { name: "lseek", args: ["slot", 0, 1], flags: first },
            { name: "write", args: [1, "pointer", 4], flags: second },
            { name: "write", args: [1, "text", "length"], flags: third },
          ],
        },
      ],
      data,
    );
    assert.equal(run.output.toString(), "hellhello");
    assert.deepEqual(run.block("main"), { left: 0, turn: BACK });
    assert.deepEqual(
      [1, 2].map((index) => run.result("main", index)),
      [5n, 5n],
    );
  });

  test(`the stub for ${target} has a child serve its own block until its parent has died`, (t) => {
    if (!canRun(t, target)) return;
    const run = runStub(
      target,
      [
        {
          label: "main",
          records: [
            { name: "clone", args: [SIGCHLD], flags: flag.fork, extra: "child" },
            { name: "wait4", args: [-1, "status", 0, 0] },
            { name: "write", args: [1, "status", 2] },
          ],
        },
        {
          label: "child",
          records: [
            // Nobody shares this block: the child writes itself what the kernel would.
            { name: "memfd_create", args: ["memfd_name", 0], flags: flag.store, extra: "slot" },
            { name: "lseek", args: ["slot", turn.ownerDied, 0], flags: first | flag.store, extra: "child" },
            { name: "write", args: [1, "text", 6] },
          ],
        },
      ],
      data,
    );
    // Wait status of exit_group(1).
    assert.equal(run.output.toString("latin1"), "hello\n\0\x01");
    assert.deepEqual(run.block("main"), { left: 0, turn: BACK });
    assert.equal(run.result("main", 0), run.result("main", 1));
  });

  test(`the stub for ${target} reports the record of a fatal failure and exits`, (t) => {
    if (!canRun(t, target)) return;
    const run = runStub(
      target,
      [
        {
          label: "main",
          records: [
            { name: "clone", args: [SIGCHLD], flags: flag.fork, extra: "child" },
            { name: "wait4", args: [-1, "status", 0, 0] },
            { name: "write", args: [1, "status", 2] },
          ],
        },
        {
          label: "child",
          records: [
            { name: "close", args: [-1], flags: flag.fatal, extra: 7 },
            { name: "write", args: [1, "text", 6] },
          ],
          report: 1,
        },
      ],
      data,
    );
    assert.equal(run.output.length, record.size + 2);
    assert.equal(run.output.readUInt32LE(record.flags), flag.fatal);
    assert.equal(run.output.readBigInt64LE(record.result), EBADF);
    assert.equal(run.output.readBigUInt64LE(record.extra), 7n);
    assert.equal(run.output.readUInt16LE(record.size), 0x100);
  });
}
