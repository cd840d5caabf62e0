import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { arch, getuid } from "node:process";
import { type TestContext, test } from "node:test";
import type { TsrunError } from "../../../src/base/errors.ts";
import { sendListener } from "../../../src/init/listener.ts";
import { compileSeccomp } from "../../../src/seccomp/compile.ts";
import { listenerFlags } from "../../../src/seccomp/listener.ts";
import { takeUser } from "../../../src/security/user.ts";
import { DescriptorChannel } from "../../../src/sys/descriptor-channel.ts";
import { local } from "../../../src/sys/local.ts";
import { CLONE_FILES, CLONE_PARENT } from "../../../src/sys/namespaces.ts";
import { pipe } from "../../../src/sys/pipe.ts";
import { setNoNewPrivileges } from "../../../src/sys/prctl.ts";
import { seccompFilterCall } from "../../../src/sys/seccomp.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { cloneHand } from "../../helpers/in-hand.ts";
import { skipUnless } from "../../helpers/skip.ts";

const profile = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [{ names: ["getpid"], action: "SCMP_ACT_NOTIFY" }],
} as const;

/** What a process has open, by its descriptors. */
function descriptorsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).map((fd) => readlinkSync(`${folder}/${fd}`));
}

/** Lets a hand install a filter with a listener and wait, beside a companion that shares its descriptors. */
function withListener(
  prepare: (init: Hand) => void,
  body: (init: Hand, companion: Hand, result: number, channel: DescriptorChannel) => void,
): void {
  using channel = new DescriptorChannel();
  const [gate, report] = [pipe(local), pipe(local)];
  const companion = cloneHand();
  const init = companion.fork(CLONE_PARENT | CLONE_FILES);
  try {
    prepare(init);
    init.beginLast(report.write.number);
    const { program, flags } = compileSeccomp(profile, arch === "arm64" ? "arm64" : "x64");
    const result = init.queueAwaited(seccompFilterCall(init, program, listenerFlags(flags, profile)));
    init.queue({ name: "read", args: [gate.read.number, init.memory.alloc(8), 1] });
    init.release();
    body(init, companion, result, channel);
  } finally {
    init.destroy();
    companion.destroy();
    for (const end of [gate.read, gate.write, report.read, report.write]) end[Symbol.dispose]();
  }
}

test("sendListener() brings the listener out of init and leaves init without it", () => {
  withListener(setNoNewPrivileges, (init, companion, result, channel) => {
    sendListener({ init, companion, result, channel: channel.child });
    using listener = channel.take().descriptor;
    assert.equal(readlinkSync(`/proc/self/fd/${listener.number}`), "anon_inode:seccomp notify");
    const left = descriptorsOf(init.pid);
    assert.ok(left.length > 3);
    assert.ok(!left.includes("anon_inode:seccomp notify"), left.join(" "));
    assert.equal(init.exited(), false);
    assert.equal(companion.exited(), true);
  });
});

test("sendListener() says why there is no filter, and ends the companion", (t: TestContext) => {
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  const becomeNobody = (init: Hand) => {
    takeUser(init, { uid: 65534, gid: 65534 }, true);
    init.flush();
  };
  withListener(becomeNobody, (init, companion, result, channel) => {
    assert.throws(
      () => sendListener({ init, companion, result, channel: channel.child }),
      (error: TsrunError) => {
        assert.deepEqual([error.message, error.pointer], ["installing the seccomp filter", "/linux/seccomp"]);
        assert.equal((error.cause as { code: string }).code, "EACCES");
        return true;
      },
    );
    assert.equal(companion.exited(), true);
  });
});
