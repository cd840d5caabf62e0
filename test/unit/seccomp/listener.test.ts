import assert from "node:assert/strict";
import { test } from "node:test";
import type { Seccomp } from "../../../src/oci/types.ts";
import { listenerFlags, listenerOf } from "../../../src/seccomp/listener.ts";
import { local } from "../../../src/sys/local.ts";
import { knowsFilterFlags } from "../../../src/sys/seccomp.ts";

const ask = { names: ["mkdir"], action: "SCMP_ACT_NOTIFY" } as const;

test("listenerOf() finds the agent of a profile that asks one", () => {
  const agent = { listenerPath: "/run/agent", listenerMetadata: "text" };
  const found = { path: "/run/agent", metadata: "text" };
  assert.deepEqual(listenerOf({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [ask], ...agent }), found);
  assert.deepEqual(listenerOf({ defaultAction: "SCMP_ACT_NOTIFY", ...agent }), found);
  assert.equal(listenerOf({ defaultAction: "SCMP_ACT_ERRNO", ...agent }), undefined);
});

test("listenerFlags() adds what a listener takes", () => {
  const profile = (flags: Seccomp["flags"]): Seccomp => ({
    defaultAction: "SCMP_ACT_ALLOW",
    ...(flags === undefined ? {} : { flags }),
  });
  const [TSYNC, LOG, NEW_LISTENER, TSYNC_ESRCH, WAIT_KILLABLE] = [1, 2, 8, 16, 32];
  assert.equal(listenerFlags(LOG, profile(undefined)), LOG | NEW_LISTENER);
  assert.equal(
    listenerFlags(TSYNC, profile(["SECCOMP_FILTER_FLAG_TSYNC"])),
    TSYNC | NEW_LISTENER | TSYNC_ESRCH,
  );
  const killable = profile(["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]);
  if (knowsFilterFlags(local, NEW_LISTENER | WAIT_KILLABLE)) {
    assert.equal(listenerFlags(0, killable), NEW_LISTENER | WAIT_KILLABLE);
  } else {
    assert.throws(() => listenerFlags(0, killable), { pointer: "/linux/seccomp/flags/0" });
  }
});

test("knowsFilterFlags() tells flags that the kernel has from those that nobody has", () => {
  assert.equal(knowsFilterFlags(local, 2), true);
  assert.equal(knowsFilterFlags(local, 0x40000000), false);
});
