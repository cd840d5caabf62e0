import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { cgroupDriver, cgroupOf, cgroupsPathFor, hasController, isV1 } from "../helpers/cgroups.ts";
import type { Config } from "../helpers/config.ts";
import { setNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { hostMounts } from "../helpers/mountinfo.ts";
import { skipUnless } from "../helpers/skip.ts";

leaveNothing();

const withResources = (resources: Record<string, unknown>) => (config: Config) => {
  config.linux.resources = { ...config.linux.resources, ...resources };
};

it("the container reads its memory limit in its own cgroup mount", (box) => {
  const file = isV1 ? "/sys/fs/cgroup/memory/memory.limit_in_bytes" : "/sys/fs/cgroup/memory.max";
  const seen = box.output(["/bin/cat", file], (config) => {
    withResources({ memory: { limit: 64 * 1024 * 1024 } })(config);
    setNamespace(config, "cgroup");
  });
  assert.equal(seen, "67108864\n");
});

it("the pids limit holds inside", (box) => {
  const script = "for i in 1 2 3 4 5 6 7 8; do sleep 1000000 & done 2>&1; echo all started";
  const result = box.run((config) => {
    config.process.args = ["/bin/sh", "-c", script];
    withResources({ pids: { limit: 4 } })(config);
  });
  assert.match(result.stdout + result.stderr, /can't fork/);
});

it("the memory limit holds inside: what exceeds it is killed and the exit status says so", (box) => {
  const result = box.run((config) => {
    // /dev/shm's pages are charged to the container.
    config.process.args = ["/bin/dd", "if=/dev/zero", "of=/dev/shm/big", "bs=1M", "count=60"];
    withResources({ memory: { limit: 16 * 1024 * 1024, swap: 16 * 1024 * 1024 } })(config);
  });
  assert.equal(result.status, 137, result.stderr);
});

it("cgroupsPath names the container's cgroup", (box, t) => {
  if (!skipUnless(t, cgroupDriver === "cgroupfs", "cgroupfsDriver")) return;
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.linux.cgroupsPath = `/${id}-parent/child`;
  });
  box.succeed(["create", "--bundle", bundle, id]);
  const directory = cgroupOf(box, id, "memory");
  assert.ok(directory.endsWith(`/${id}-parent/child`), directory);
  box.succeed(["delete", "--force", id]);
  assert.ok(!existsSync(directory));
  for (const mount of hostMounts().filter(({ type }) => type.startsWith("cgroup"))) {
    removeIfThere(join(mount.point, `${id}-parent`));
  }
  removeIfThere(join(directory, ".."));
});

function removeIfThere(path: string): void {
  if (existsSync(path)) {
    rmdirSync(path);
  }
}

it("create is in its final cgroup before it returns, in every hierarchy", (box) => {
  const { id } = box.create(["/bin/true"]);
  const { pid } = box.state(id);
  const before = readFileSync(`/proc/${pid}/cgroup`, "utf8");
  box.succeed(["start", id]);
  assert.match(before, new RegExp(id));
});

it("create refuses a cgroup that other processes are in", (box) => {
  const cgroupsPath = cgroupsPathFor(`${box.newId()}-occupied`);
  const other = box.running((config) => {
    config.linux.cgroupsPath = cgroupsPath;
  });
  const bundle = box.bundle((config) => {
    config.linux.cgroupsPath = cgroupsPath;
  });
  assert.match(
    box.fail(["create", "--bundle", bundle, box.newId()]),
    /cgroup.*not empty|\.scope.* already (exists|loaded)/,
  );
  assert.equal(box.state(other).status, "running");
});

it("an empty cgroup of that name is taken over", (box, t) => {
  if (!skipUnless(t, cgroupDriver === "cgroupfs", "cgroupfsDriver")) return;
  const mount = hostMounts().find(
    ({ type, superOptions }) =>
      type === (isV1 ? "cgroup" : "cgroup2") && (!isV1 || superOptions.includes("pids")),
  );
  const id = box.newId();
  const directory = join(mount?.point ?? "", id);
  if (mount?.root === "/") mkdirSync(directory);
  const bundle = box.bundle((config) => {
    config.linux.cgroupsPath = `/${id}`;
  });
  box.succeed(["create", "--bundle", bundle, id]);
  box.succeed(["delete", "--force", id]);
  assert.ok(!existsSync(directory));
});

for (const [what, controller, resources, words] of [
  // Below the least of 1 ms; a quota below that would be rounded up to a percent, as systemd counts.
  ["cpu period", "cpu", { cpu: { quota: 50_000, period: 1 } }, /invalid argument/],
  ["set of cpus", "cpuset", { cpu: { cpus: "4000" } }, /invalid argument|numerical result out of range/],
] as const) {
  it(`create leaves nothing when the kernel refuses the ${what}`, (box, t) => {
    if (!skipUnless(t, hasController(controller), "cgroupController")) return;
    const bundle = box.bundle(withResources(resources));
    assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), words);
    box.assertEmpty();
  });
}
