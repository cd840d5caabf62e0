import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeModules } from "../../../../src/doctor/judge/modules.ts";

test("judgeModules() says which labels are refused", () => {
  const found = judgeModules({ active: ["capability", "yama"], apparmor: false, selinux: "off" });
  assert.deepEqual(
    found.map(({ name, state }) => `${name} ${state}`),
    ["active ok", "AppArmor missing", "SELinux missing"],
  );
  assert.equal(found[0]?.found, "capability yama");
});

test("judgeModules() says whether SELinux enforces", () => {
  for (const selinux of ["enforcing", "permissive"] as const) {
    const [active, apparmor, last] = judgeModules({ active: undefined, apparmor: true, selinux });
    assert.match(active?.found ?? "", /securityfs/);
    assert.equal(apparmor?.state, "ok");
    assert.deepEqual([last?.state, last?.found], ["ok", selinux]);
  }
});
