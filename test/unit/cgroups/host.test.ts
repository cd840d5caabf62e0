import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHostCgroups, readHostCgroups } from "../../../src/cgroups/host.ts";
import {
  bareHost,
  dockerInDocker,
  hybridHost,
  outsideHost,
  v1Host,
  v2Host,
} from "../../helpers/cgroup-hosts.ts";

test("parseHostCgroups() tells how a host is set up", () => {
  const modes = [v1Host, hybridHost, v2Host, dockerInDocker, bareHost].map(({ mode }) => mode);
  assert.deepEqual(modes, ["v1", "hybrid", "v2", "v1", "none"]);
});

test("parseHostCgroups() takes controllers and names for hierarchies, other options not", () => {
  assert.deepEqual(
    v1Host.v1.map(({ controllers }) => controllers),
    [["name=systemd"], ["cpu", "cpuacct"], ["cpuset"]],
  );
});

test("parseHostCgroups() finds this process's own cgroup below each mount point", () => {
  assert.deepEqual(
    v1Host.v1.map(({ own }) => own),
    [
      "/sys/fs/cgroup/systemd/user.slice/user-0.slice/session-1.scope",
      "/sys/fs/cgroup/cpu,cpuacct/user.slice",
      "/sys/fs/cgroup/cpuset",
    ],
  );
});

test("parseHostCgroups() prefers a hierarchy's mount below /sys/fs/cgroup to one that comes earlier", () => {
  assert.deepEqual(hybridHost.v1[0], {
    controllers: ["memory"],
    mountPoint: "/sys/fs/cgroup/memory",
    own: "/sys/fs/cgroup/memory/jobs/17",
  });
  assert.equal(hybridHost.v1.length, 2);
});

test("parseHostCgroups() takes another mount point where there is no such mount", () => {
  const { v1 } = parseHostCgroups("1 0 0:3 / /cgroup/pids rw - cgroup none rw,pids\n", "3:pids:/a\n");
  assert.deepEqual(v1, [{ controllers: ["pids"], mountPoint: "/cgroup/pids", own: "/cgroup/pids/a" }]);
});

test("parseHostCgroups() leaves out what another mount hides", () => {
  const mountinfo = [
    "30 1 254:0 / / rw - ext4 /dev/vda rw",
    "31 30 0:21 / /sys rw - sysfs sysfs rw",
    "32 31 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw",
    "33 32 0:23 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
    "34 32 0:24 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
    "35 32 0:25 / /sys/fs/cgroup rw - tmpfs tmpfs rw",
    "36 35 0:26 /c /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids",
    "37 36 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,freezer",
  ].join("\n");
  const { mode, v1, v2 } = parseHostCgroups(mountinfo, "9:pids:/c\n8:freezer:/\n7:memory:/\n0::/\n");
  assert.deepEqual([mode, v2], ["v1", undefined]);
  assert.deepEqual(
    v1.map(({ controllers }) => controllers),
    [["freezer"]],
  );
});

test("parseHostCgroups() takes the hierarchies that are mounted over others of the same places", () => {
  const mountinfo = [
    "30 1 254:0 / / rw - ext4 /dev/vda rw",
    "32 30 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw",
    "33 32 0:23 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
    "34 32 0:24 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids",
    "35 32 0:25 / /sys/fs/cgroup rw - tmpfs tmpfs rw",
    "36 35 0:23 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
  ].join("\n");
  const { v1 } = parseHostCgroups(mountinfo, "9:pids:/c\n7:memory:/d\n");
  assert.deepEqual(
    v1.map(({ own }) => own),
    ["/sys/fs/cgroup/memory/d"],
  );
});

test("parseHostCgroups() counts the own path from the root of what is mounted", () => {
  assert.deepEqual(
    dockerInDocker.v1.map(({ own }) => own),
    ["/sys/fs/cgroup/memory", "/sys/fs/cgroup/with space/inner"],
  );
});

test("parseHostCgroups() takes the mount point for a cgroup that isn't below it", () => {
  assert.equal(outsideHost.v2?.own, "/sys/fs/cgroup");
});

test("readHostCgroups() reads this machine's set-up", () => {
  const { mode, v1, v2 } = readHostCgroups();
  assert.equal(
    mode,
    v1.length === 0 ? (v2 === undefined ? "none" : "v2") : v2 === undefined ? "v1" : "hybrid",
  );
});

test("parseHostCgroups() bears a mount that is its own parent, and mounts that are each other's", () => {
  const line = (id: number, parent: number, point: string) =>
    `${id} ${parent} 0:26 / ${point} rw - cgroup2 cgroup2 rw`;
  for (const lines of [[line(1, 1, "/cgroup")], [line(1, 2, "/a/b"), line(2, 1, "/a")]]) {
    assert.equal(parseHostCgroups(lines.join("\n"), "0::/").mode, "v2");
  }
});
