import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostCgroups } from "../../../src/cgroups/host.ts";
import { managerFrom, selectManager } from "../../../src/cgroups/select.ts";
import {
  bareHost,
  dockerInDocker,
  hybridHost,
  outsideHost,
  v1Host,
  v2Host,
} from "../../helpers/cgroup-hosts.ts";

function paths(host: HostCgroups, cgroupsPath?: string): Readonly<Record<string, string>> {
  return selectManager({ cgroupsPath, id: "c1", systemd: false, rootless: false }, host).paths;
}

test("selectManager() puts an absolute path below the root of each hierarchy", () => {
  assert.deepEqual(paths(v1Host, "/a/b"), {
    "name=systemd": "/sys/fs/cgroup/systemd/a/b",
    cpu: "/sys/fs/cgroup/cpu,cpuacct/a/b",
    cpuacct: "/sys/fs/cgroup/cpu,cpuacct/a/b",
    cpuset: "/sys/fs/cgroup/cpuset/a/b",
  });
  assert.deepEqual(paths(v2Host, "/a/b"), { "": "/sys/fs/cgroup/a/b" });
});

test("selectManager() puts a relative path below the caller's own cgroup", () => {
  assert.deepEqual(paths(hybridHost, "a/b"), {
    memory: "/sys/fs/cgroup/memory/jobs/17/a/b",
    freezer: "/sys/fs/cgroup/freezer/a/b",
    "": "/sys/fs/cgroup/unified/a/b",
  });
  assert.equal(paths(dockerInDocker, "a")["memory"], "/sys/fs/cgroup/memory/a");
});

test("selectManager() puts a relative path beside the caller's own cgroup on a v2 host", () => {
  assert.deepEqual(paths(v2Host, "a"), { "": "/sys/fs/cgroup/user.slice/user-1000.slice/a" });
  assert.deepEqual(paths(outsideHost, "a"), { "": "/sys/fs/cgroup/a" });
});

test("selectManager() takes the id where no path is given", () => {
  assert.equal(paths(hybridHost)["memory"], "/sys/fs/cgroup/memory/jobs/17/c1");
  assert.equal(paths(hybridHost, "")["memory"], "/sys/fs/cgroup/memory/jobs/17/c1");
});

for (const path of ["../../x", "/../../x", "/a/../../../x", "a/./../../..//x/"]) {
  test(`selectManager() lets ${path} not leave its base`, () => {
    const base = path.startsWith("/") ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup/memory/jobs/17";
    assert.equal(paths(hybridHost, path)["memory"], `${base}/x`);
  });
}

test("selectManager() finds nothing on a host without cgroups", () => {
  assert.deepEqual(paths(bareHost, "/a"), {});
});

test("selectManager() refuses the systemd driver", () => {
  assert.throws(
    () => selectManager({ cgroupsPath: "a:b:c", id: "c1", systemd: true, rootless: false }, v2Host),
    {
      message: /systemd/,
    },
  );
});

for (const [name, host] of Object.entries({ v1Host, hybridHost, v2Host, bareHost })) {
  test(`managerFrom() is the manager again, ${name}`, () => {
    const manager = selectManager({ cgroupsPath: "/a", id: "c1", systemd: false, rootless: false }, host);
    const { mode, paths: places } = managerFrom(
      JSON.parse(JSON.stringify({ mode: manager.mode, paths: manager.paths })),
    );
    assert.deepEqual([mode, places], [manager.mode, manager.paths]);
  });
}
