import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { writeSysctls } from "../../../src/init/sysctl.ts";
import { AT_FDCWD, O_RDONLY, openat, readAll } from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { cloneFlags } from "../../../src/sys/namespaces.ts";
import { inHand } from "../../helpers/in-hand.ts";
import { skipUnless } from "../../helpers/skip.ts";

test("writeSysctls() writes in the namespaces of the process, not in this one's", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  const before = readFileSync("/proc/sys/kernel/shm_rmid_forced", "utf8");
  const wanted = before.trim() === "1" ? "0" : "1";
  inHand((hand) => {
    writeSysctls(hand, { "kernel.shm_rmid_forced": wanted, "kernel/msgmax": "4096" });
    using file = openat(hand, AT_FDCWD, "/proc/sys/kernel/shm_rmid_forced", O_RDONLY);
    assert.equal(
      Buffer.from(readAll(hand, file.number, 8))
        .toString()
        .trim(),
      wanted,
    );
  }, cloneFlags.ipc);
  assert.equal(readFileSync("/proc/sys/kernel/shm_rmid_forced", "utf8"), before);
});

for (const [name, pointer, message] of [
  [
    "kernel.no_such_name",
    "/linux/sysctl/kernel.no_such_name",
    /openat2 "sys\/kernel\/no_such_name": no such file/,
  ],
  ["kernel/no~such", "/linux/sysctl/kernel~1no~0such", /no such file/],
  [
    "../../etc/passwd",
    "/linux/sysctl/..~1..~1etc~1passwd",
    /openat2 .*: (invalid cross-device link|no such file)/,
  ],
  [
    "net/../../self/exe",
    "/linux/sysctl/net~1..~1..~1self~1exe",
    /openat2 .*(too many levels|no such file|cross-device)/,
  ],
] as const) {
  test(`writeSysctls() refuses ${name} and names its place`, () => {
    assert.throws(
      () => writeSysctls(local, { [name]: "1" }),
      (error: Error & { pointer?: string }) => {
        assert.equal(error.message, `setting sysctl ${name}`);
        assert.equal(error.pointer, pointer);
        assert.match((error.cause as Error).message, message);
        return true;
      },
    );
  });
}

test("writeSysctls() asks nothing of the kernel where there is nothing to write", () => {
  writeSysctls(local, {});
});
