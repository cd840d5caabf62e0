import assert from "node:assert/strict";
import { test } from "node:test";
import { checkIdMappedMounts } from "../../../../src/oci/checks/id-mapped-mounts.ts";
import { Report } from "../../../../src/oci/checks/report.ts";
import { idMapOf } from "../../../../src/oci/id-mapped-mounts.ts";
import type { Config, Linux, Mount } from "../../../../src/oci/types.ts";

const one = [{ containerID: 0, hostID: 1000, size: 10 }];
const two = [{ containerID: 0, hostID: 2000, size: 10 }];
const user: Linux = { namespaces: [{ type: "user" }], uidMappings: one, gidMappings: two };

function config(mount: Partial<Mount>, linux: Linux = {}): Config {
  const mounts = [{ destination: "/mnt", type: "bind", source: "/", ...mount }];
  return { ociVersion: "1.3.0", mounts, linux };
}

function faults(mount: Partial<Mount>, linux: Linux = {}, rootless = false): string[] {
  const report = new Report();
  checkIdMappedMounts(config(mount, linux), report, { rootless });
  return report.faults.map(({ pointer, message }) => `${pointer}: ${message}`);
}

function mapOf(mount: Partial<Mount>, linux: Linux = {}) {
  const document = config(mount, linux);
  return idMapOf(document, document.mounts?.[0] ?? { destination: "" }, 0);
}

test("idMapOf() is undefined where a mount asks for none", () => {
  for (const mount of [{}, { options: ["rbind"] }, { uidMappings: [], gidMappings: [] }]) {
    assert.equal(mapOf(mount, user), undefined);
    assert.deepEqual(faults(mount, user, true), []);
  }
});

test("idMapOf() takes a mount's own mappings, with idmap, ridmap or neither", () => {
  const own = { uidMappings: one, gidMappings: two };
  const maps = { uids: one, gids: two };
  const pointer = "/mounts/0/uidMappings";
  assert.deepEqual(mapOf(own), { maps, recursive: false, pointer });
  assert.deepEqual(mapOf({ ...own, options: ["rbind", "idmap"] }), { maps, recursive: false, pointer });
  assert.deepEqual(mapOf({ ...own, options: ["idmap", "ridmap"] }, user), { maps, recursive: true, pointer });
  assert.deepEqual(faults({ ...own, options: ["rbind", "ridmap"] }), []);
});

test("idMapOf() takes the container's mappings, or the user namespace that it joins, where a mount has none", () => {
  const options = ["bind", "ridmap"];
  const pointer = "/mounts/0/options/1";
  assert.deepEqual(mapOf({ options }, user), { maps: { uids: one, gids: two }, recursive: true, pointer });
  const joined: Linux = { namespaces: [{ type: "user", path: "/proc/1/ns/user" }] };
  assert.deepEqual(mapOf({ options }, joined), { maps: "/proc/1/ns/user", recursive: true, pointer });
  assert.equal(mapOf({ options }, { namespaces: [{ type: "pid" }] }), undefined);
});

test("idMapOf() reads mappings in the option, ids after @ as the container's", () => {
  const map = (value: string) => mapOf({ options: [`idmap=${value}`] }, user)?.maps;
  const range = (containerID: number, hostID: number, size: number) => ({ containerID, hostID, size });
  assert.deepEqual(map("uids=0-1-2;gids=3-4-5"), { uids: [range(0, 1, 2)], gids: [range(3, 4, 5)] });
  assert.deepEqual(map("uids=0-1-2#7-8-9;gids=@3-4-5"), {
    uids: [range(0, 1, 2), range(7, 8, 9)],
    gids: [range(3, 2004, 5)],
  });
  for (const value of [
    "",
    "uids=0-1-2",
    "gids=0-1-2;uids=0-1-2",
    "uids=0-1;gids=0-1-2",
    "uids=@0-9-2;gids=0-0-1",
  ]) {
    assert.equal(map(value), undefined, value);
    assert.match(
      faults({ options: [`idmap=${value}`] }, user).join(),
      /^\/mounts\/0\/options\/0: must be like/,
    );
  }
});

const refused: readonly (readonly [what: string, mount: Partial<Mount>, fault: RegExp])[] = [
  [
    "no bind mount",
    { type: "tmpfs", options: ["idmap"] },
    /^\/mounts\/0\/options\/0: .* only supported for bind-mounts/,
  ],
  ["a remount", { options: ["bind", "remount", "idmap"] }, /options\/2: .* only supported for bind-mounts/],
  ["nothing to take mappings of", { options: ["idmap"] }, /options\/0: the mount has no uidMappings/],
  ["user ids alone", { uidMappings: one }, /^\/mounts\/0\/uidMappings: needs gidMappings beside it/],
  ["group ids alone", { gidMappings: one }, /^\/mounts\/0\/gidMappings: needs uidMappings beside it/],
  [
    "an empty range",
    { uidMappings: one, gidMappings: [{ containerID: 0, hostID: 0, size: 0 }] },
    /^\/mounts\/0\/gidMappings\/0\/size: must not be 0$/,
  ],
  [
    "mappings twice",
    { uidMappings: one, gidMappings: one, options: ["idmap=uids=0-1-1;gids=0-1-1"] },
    /^\/mounts\/0\/options\/0: the mount has uidMappings and gidMappings, too$/,
  ],
];

for (const [what, mount, fault] of refused) {
  test(`checkIdMappedMounts() refuses ${what}`, () => {
    assert.match(faults(mount).join("; "), fault);
  });
}

test("checkIdMappedMounts() refuses what takes root without it", () => {
  const own = { uidMappings: one, gidMappings: two };
  assert.match(
    faults(own, user, true).join(),
    /^\/mounts\/0\/uidMappings: .*not supported for rootless containers/,
  );
  assert.deepEqual(faults(own, user, false), []);
});
