import assert from "node:assert/strict";
import { geteuid } from "node:process";
import { test } from "node:test";
import { apparmorHint, cloneFailure, type ReadSysctl } from "../../../src/init/clone-failure.ts";
import type { NamespaceType } from "../../../src/sys/namespaces.ts";
import { SyscallError } from "../../../src/sys/syscall-error.ts";
import { skipUnless } from "../../helpers/skip.ts";

const [EPERM, ENOMEM, EACCES, EBUSY, ENOSPC, ENOTSUP] = [1, 12, 13, 16, 28, 95];

function hint(errno: number, types: readonly NamespaceType[], sysctls: Record<string, string> = {}): string {
  const read: ReadSysctl = (name) => sysctls[name];
  const error = cloneFailure(new SyscallError("clone3", errno, ""), types, read);
  assert.equal(error.message, "cloning container init");
  assert.equal(error.pointer, "/linux/namespaces");
  return error.hint ?? "";
}

test("cloneFailure() names the limit that lets no namespace be made", () => {
  const sysctls = { "user/max_user_namespaces": "0", "user/max_mnt_namespaces": "15000" };
  assert.match(hint(ENOSPC, ["user", "mount"], sysctls), /^user\.max_user_namespaces is 0/);
});

test("cloneFailure() names every limit that may be reached", () => {
  const text = hint(ENOSPC, ["user", "mount", "network"]);
  assert.match(text, /user\.max_user_namespaces, user\.max_mnt_namespaces, user\.max_net_namespaces/);
  assert.match(text, /32/);
});

test("cloneFailure() names the switch by which a distribution forbids user namespaces", () => {
  const switched = hint(EPERM, ["user"], { "kernel/unprivileged_userns_clone": "0" });
  assert.match(switched, /kernel\.unprivileged_userns_clone=1/);
  assert.match(hint(EPERM, ["user"]), /seccomp profile/);
});

test("cloneFailure() says who may make namespaces without a user namespace", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  assert.match(hint(EPERM, ["mount"]), /CAP_SYS_ADMIN/);
});

for (const [errno, what, text] of [
  [EACCES, "from where a delegated cgroup can be entered", /delegated/],
  [EBUSY, "that a cgroup which hands controllers down has no processes", /no internal processes/],
  [ENOTSUP, "that a threaded domain takes no processes below it", /threaded domain/],
] as const) {
  test(`cloneFailure() says ${what}`, () => {
    const error = cloneFailure(new SyscallError("clone3", errno, ""), ["user"]);
    assert.equal(error.pointer, "/linux/cgroupsPath");
    assert.match(error.hint ?? "", text);
  });
}

test("cloneFailure() has nothing to add to other failures", () => {
  assert.equal(hint(ENOMEM, ["user"]), "");
});

test("apparmorHint() is about ordinary users alone", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  assert.equal(
    apparmorHint(() => "1"),
    undefined,
  );
  process.seteuid?.(65534);
  try {
    const read: ReadSysctl = (name) =>
      name === "kernel/apparmor_restrict_unprivileged_userns" ? "1" : undefined;
    assert.match(apparmorHint(read) ?? "", /apparmor_restrict_unprivileged_userns=0/);
    assert.equal(
      apparmorHint(() => undefined),
      undefined,
    );
  } finally {
    process.seteuid?.(0);
  }
});
