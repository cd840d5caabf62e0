import assert from "node:assert/strict";
import { test } from "node:test";
import { cgroupOwner } from "../../../src/container/cgroup-owner.ts";
import type { Config, Mount } from "../../../src/oci/types.ts";

const writable: Mount = {
  type: "cgroup",
  source: "cgroup",
  destination: "/sys/fs/cgroup",
  options: ["nosuid"],
};
const mapped = {
  namespaces: [{ type: "user" }],
  uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
};

/** A config with a cgroup namespace, cgroups mounted for writing, and what a test is about. */
function owner(uid: number, linux: Record<string, unknown> = {}, mounts: readonly Mount[] = [writable]) {
  const namespaces = [{ type: "cgroup" }, ...((linux["namespaces"] ?? []) as object[])];
  const process = { user: { uid, gid: 0 }, cwd: "/" };
  return cgroupOwner({ ociVersion: "1.2.0", process, mounts, linux: { ...linux, namespaces } } as Config);
}

test("cgroupOwner() is the process's user as the host counts", () => {
  assert.deepEqual([owner(0), owner(7)], [0, 7]);
  assert.deepEqual([owner(0, mapped), owner(7, mapped)], [100000, 100007]);
});

test("cgroupOwner() is nobody where the user has no id outside", () => {
  assert.equal(owner(65536, mapped), undefined);
  assert.equal(owner(0, { namespaces: [{ type: "user", path: "/proc/1/ns/user" }] }), undefined);
});

test("cgroupOwner() is nobody unless cgroups are mounted for writing", () => {
  const options = (...words: string[]) => owner(7, {}, [{ ...writable, options: words }]);
  assert.deepEqual(
    [options("ro"), options("rw", "ro"), options("ro", "rw"), options()],
    [undefined, undefined, 7, 7],
  );
  assert.equal(owner(7, {}, []), undefined);
  assert.equal(owner(7, {}, [{ ...writable, destination: "/cgroups" }]), undefined);
});

test("cgroupOwner() is nobody without a cgroup namespace of the container's own", () => {
  assert.equal(cgroupOwner({ ociVersion: "1.2.0", mounts: [writable] } as Config), undefined);
  const linux = { namespaces: [{ type: "cgroup", path: "/proc/1/ns/cgroup" }] };
  assert.equal(cgroupOwner({ ociVersion: "1.2.0", mounts: [writable], linux } as Config), undefined);
});
