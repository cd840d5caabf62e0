import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSecurityModules } from "../../../src/security/modules.ts";
import { machineHas } from "../../helpers/security-modules.ts";
import { skipUnless } from "../../helpers/skip.ts";

const config = { ociVersion: "1.0.0" };
const cwd = "/";

function refused(changes: object): { message: string; pointer: string | undefined } {
  try {
    checkSecurityModules({ ...config, ...changes });
  } catch (error) {
    const { message, pointer } = error as Error & { pointer?: string };
    return { message, pointer };
  }
  throw new Error("it was not refused");
}

test("checkSecurityModules() refuses a profile without AppArmor", (t) => {
  if (!skipUnless(t, !machineHas("appArmor"), "noAppArmor")) return;
  const { message, pointer } = refused({ process: { cwd, apparmorProfile: "docker-default" } });
  assert.equal(message, 'AppArmor profile "docker-default": AppArmor is not enabled in this kernel');
  assert.equal(pointer, "/process/apparmorProfile");
});

for (const [pointer, changes] of [
  ["/process/selinuxLabel", { process: { cwd, selinuxLabel: "u:r:t:s0" } }],
  ["/linux/mountLabel", { linux: { mountLabel: "u:r:t:s0" } }],
] as const) {
  test(`checkSecurityModules() refuses a label in ${pointer} without SELinux`, (t) => {
    if (!skipUnless(t, !machineHas("selinux"), "noSelinux")) return;
    const fault = refused(changes);
    assert.match(fault.message, /^selinux label is specified in config, but selinux is disabled/);
    assert.equal(fault.pointer, pointer);
  });
}

test("checkSecurityModules() takes a profile where there is AppArmor", (t) => {
  if (!skipUnless(t, machineHas("appArmor"), "appArmor")) return;
  checkSecurityModules({ ...config, process: { cwd, apparmorProfile: "docker-default" } });
});

test("checkSecurityModules() asks for nothing where there is neither profile nor label", () => {
  checkSecurityModules({
    ...config,
    process: { cwd, apparmorProfile: "", selinuxLabel: "" },
    linux: { mountLabel: "" },
  });
  checkSecurityModules(config);
});
