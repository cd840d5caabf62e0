import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { TsrunError } from "../../../../src/base/errors.ts";
import { explainRefusal, toFiles } from "../../../../src/cgroups/v1/memory.ts";
import { SyscallError } from "../../../../src/sys/syscall-error.ts";
import { testMapping } from "../../../helpers/cgroup-mapping.ts";

testMapping(toFiles, [
  [
    "writes the limit before that of memory and swap together",
    { memory: { swap: 200, limit: 100, reservation: 50 } },
    ["memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=200", "memory.soft_limit_in_bytes=50"],
  ],
  [
    "takes the limit of swap off with that of memory",
    { memory: { limit: -1 } },
    ["memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1"],
  ],
  [
    "keeps a limit of swap beside unlimited memory",
    { memory: { limit: -1, swap: 300 } },
    ["memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=300"],
  ],
  [
    "writes that swap is unlimited",
    { memory: { limit: 100, swap: -1 } },
    ["memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=-1"],
  ],
  ["writes a limit alone", { memory: { limit: 100 } }, ["memory.limit_in_bytes=100"]],
  [
    "counts the cgroups below, too, before anything is limited",
    { memory: { limit: 100, useHierarchy: true } },
    ["memory.use_hierarchy=1", "memory.limit_in_bytes=100"],
  ],
  ["leaves what is below, which the kernel counts by itself", { memory: { useHierarchy: false } }, []],
  ["writes that of TCP buffers", { memory: { kernelTCP: 7 } }, ["memory.kmem.tcp.limit_in_bytes=7"]],
  ["writes nothing for kernel memory", { memory: { kernel: 7 } }, []],
  ["writes a swappiness of 0", { memory: { swappiness: 0 } }, ["memory.swappiness=0"]],
  ["turns the OOM killer off", { memory: { disableOOMKiller: true } }, ["memory.oom_control=1"]],
  ["leaves the OOM killer on", { memory: { disableOOMKiller: false } }, []],
  ["takes 0 for not set", { memory: { limit: 0, swap: 0, reservation: 0 } }, []],
]);

test("toFiles() lets the kernel take the limit after that of swap, where there is one", () => {
  const later = (swap: number) => toFiles({ memory: { limit: 100, swap } })[0]?.later;
  assert.deepEqual([later(200), later(-1), later(0)], ["EINVAL", "EINVAL", undefined]);
});

test("toFiles() does without files of swap where nothing is limited by them", () => {
  const needsFile = (limit: number, swap: number) =>
    toFiles({ memory: { limit, swap } })[1]?.ifPresent !== true;
  assert.deepEqual([needsFile(-1, 0), needsFile(100, -1), needsFile(100, 200)], [false, false, true]);
});

const [EINVAL, EBUSY] = [22, 16];

for (const [what, name] of [
  ["memory", "memory"],
  ["memory and swap", "memory.memsw"],
] as const) {
  test(`explainRefusal() says how much ${what} is in use`, () => {
    const directory = mkdtempSync(join(tmpdir(), "tsrun-test-"));
    writeFileSync(join(directory, `${name}.usage_in_bytes`), "300\n");
    writeFileSync(join(directory, `${name}.max_usage_in_bytes`), "400\n");
    const pointer = "/linux/resources/memory/limit";
    const write = { controller: "memory", file: `${name}.limit_in_bytes`, value: "200", pointer };
    const refused = (errno: number) =>
      new TsrunError("step", { cause: new SyscallError("write", errno, "") });
    const [busy, invalid] = [refused(EBUSY), refused(EINVAL)];
    const error = explainRefusal(directory, write, busy);
    assert.ok(error instanceof TsrunError);
    assert.equal(error.message, `unable to set ${what} limit to 200 (current usage: 300, peak usage: 400)`);
    assert.deepEqual([error.cause, error.pointer], [busy, pointer]);
    assert.equal(explainRefusal(directory, write, invalid), invalid);
    assert.equal(explainRefusal(directory, { ...write, file: "memory.swappiness" }, busy), busy);
    rmSync(directory, { recursive: true });
  });
}
