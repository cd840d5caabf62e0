import assert from "node:assert/strict";
import { geteuid } from "node:process";
import { test } from "node:test";
import { planGroups } from "../../../src/container/groups.ts";
import type { Config, IdMapping } from "../../../src/oci/types.ts";
import { skipUnless } from "../../helpers/skip.ts";

const nobody = 65_534;

function configWith(namespace: { path?: string } | undefined, gidMappings: readonly IdMapping[]): Config {
  const namespaces = namespace === undefined ? [] : [{ type: "user" as const, ...namespace }];
  return { ociVersion: "1.3.0", linux: { namespaces, gidMappings } };
}

const oneself = [{ containerID: 0, hostID: nobody, size: 1 }];
const many = [...oneself, { containerID: 1, hostID: 100_000, size: 1000 }];
const withGroups = { cwd: "/", user: { additionalGids: [0] } };

/** Runs `body` as an ordinary user. */
function asNobody(body: () => void): void {
  process.setegid?.(nobody);
  process.seteuid?.(nobody);
  try {
    body();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

test("planGroups() allows root groups, in whatever user namespace it makes", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  assert.equal(planGroups(configWith(undefined, []), withGroups), true);
  assert.equal(planGroups(configWith({}, oneself), withGroups), true);
});

test("planGroups() leaves it to a user namespace that is joined", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  assert.equal(planGroups(configWith({ path: "/proc/1/ns/user" }, []), withGroups), undefined);
});

test("planGroups() refuses groups to a user that maps only itself (CVE-2014-8989)", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  asNobody(() => {
    assert.equal(planGroups(configWith({}, oneself), { cwd: "/" }), false);
    assert.throws(() => planGroups(configWith({}, oneself), withGroups), {
      message: "cannot set any additional groups in a rootless container",
      pointer: "/process/user/additionalGids",
    });
    assert.equal(planGroups(configWith({}, many), withGroups), true);
  });
});
