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
