// The cgroup of what `exec` starts: the container's, or one below it (--cgroup).
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cgroupOf, cgroupOfProcess, cgroupsPathFor, hasController, isV1 } from "../../helpers/cgroups.ts";
import type { Config } from "../../helpers/config.ts";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { lastLine } from "../../helpers/runtime.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";
import { skipUnless } from "../../helpers/skip.ts";

leaveNothing();

/** Controllers whose hierarchies are looked at; on cgroup v2 the one that has them all. */
const looked = isV1 ? ["cpu", "memory", "pids", "freezer"] : [""];

/** The cgroups of a detached process, in the order of `looked`. */
function cgroupsOfExec(box: Sandbox, id: string, flags: readonly string[] = []): string[] {
  const file = join(box.directory, "pid");
  box.succeed(["exec", "-d", "--pid-file", file, ...flags, id, "/bin/sleep", "1000000"]);
  const pid = Number(box.read(file));
  return looked.map((controller) => cgroupOfProcess(pid, controller));
}

function own(box: Sandbox, id: string): string[] {
  return looked.map((controller) => cgroupOf(box, id, controller));
}

function running(box: Sandbox, adjust: (config: Config) => void = () => {}): string {
  return box.running((config) => {
    config.linux.cgroupsPath = cgroupsPathFor(box.newId());
    adjust(config);
  });
}

function refusal(box: Sandbox, id: string, ...flags: string[]): string {
  const result = box.call(["exec", ...flags, id, "true"]);
  assert.equal(result.status, 255, result.stderr);
  return lastLine(result);
}

it("exec is in the container's cgroup", (box) => {
  const id = running(box);
  assert.deepEqual(cgroupsOfExec(box, id), own(box, id));
  assert.deepEqual(cgroupsOfExec(box, id, ["--cgroup", "/"]), own(box, id));
});

it("exec counts among the container's processes", (box) => {
  const id = running(box);
  const file = join(box.directory, "pid");
  box.succeed(["exec", "-d", "--pid-file", file, id, "/bin/sleep", "1000000"]);
  const pids = JSON.parse(box.succeed(["ps", "--format", "json", id]).stdout) as number[];
  assert.ok(pids.includes(Number(box.read(file))));
  assert.equal(pids.length, 2);
});

it("exec --cgroup is in a cgroup below the container's", (box) => {
  const id = running(box);
  const below = own(box, id).map((path) => join(path, "below"));
  // v1: the path is for every hierarchy.
  for (const path of isV1 ? everyHierarchy(box, id) : below) {
    mkdirSync(path, { recursive: true });
    inheritCpuset(path);
  }
  assert.deepEqual(cgroupsOfExec(box, id, ["--cgroup", "below"]), below);
  assert.deepEqual(cgroupsOfExec(box, id, ["--cgroup", "/below/../below"]), below);
});

/** A cgroup of v1's cpuset takes no process before it has CPUs and memory nodes. */
function inheritCpuset(path: string): void {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    const from = join(dirname(path), file);
    if (isV1 && existsSync(from)) writeFileSync(join(path, file), readFileSync(from));
  }
}

/** A directory "below" in each hierarchy that the container has a cgroup of its own in. */
function everyHierarchy(box: Sandbox, id: string): string[] {
  const { pid } = box.state(id);
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n");
  return lines.map((line) => {
    const [, controllers = ""] = line.split(":");
    return join(cgroupOfProcess(pid, controllers.split(",")[0] ?? ""), "below");
  });
}

it("exec --cgroup CONTROLLER:PATH is for that hierarchy of v1", (box, t) => {
  if (!skipUnless(t, isV1, "cgroupV1")) return;
  const id = running(box);
  const below = join(cgroupOf(box, id, "memory"), "below");
  mkdirSync(below);
  const expected = own(box, id).map((path, index) => (looked[index] === "memory" ? below : path));
  assert.deepEqual(cgroupsOfExec(box, id, ["--cgroup", "memory:below"]), expected);
  assert.deepEqual(cgroupsOfExec(box, id, ["--cgroup", "memory:below", "--cgroup", "pids:/"]), expected);
});

it("exec --cgroup never leads out of the container's cgroup", (box) => {
  const id = running(box);
  const [path = ""] = own(box, id);
  const neighbour = `${path}-neighbour`;
  mkdirSync(neighbour);
  try {
    for (const sub of ["..", "../..", "/..", `../${neighbour.slice(dirname(path).length + 1)}`, "a/../.."]) {
      assert.match(refusal(box, id, "--cgroup", sub), /bad sub cgroup path/, sub);
    }
  } finally {
    rmdirSync(neighbour);
  }
});

it("exec --cgroup refuses what there is not, in runc's words", (box) => {
  const id = running(box);
  assert.match(refusal(box, id, "--cgroup", "nonexistent"), / adding pid .*no such file or directory/);
  assert.match(refusal(box, id, "--cgroup", "whaaat:/"), /unknown controller /);
  assert.match(refusal(box, id, "--cgroup", "a", "--cgroup", "b"), /missing <controller>: prefix/);
  assert.match(refusal(box, id, "--cgroup", ":a"), /empty <controller> prefix/);
  assert.match(refusal(box, id, "--cgroup", "cpu:a", "--cgroup", "cpu:b"), /specified multiple times/);
});

it("exec enters a container that has all the processes that it may have", (box, t) => {
  if (!skipUnless(t, hasController("pids"), "cgroupV1")) return;
  for (const limit of [1, 2]) {
    const id = running(box, (config) => {
      config.linux.resources = { ...config.linux.resources, pids: { limit } };
    });
    assert.equal(box.succeed(["exec", id, "/bin/echo", "inside"]).stdout, "inside\n");
    assert.deepEqual(cgroupsOfExec(box, id), own(box, id));
  }
});

/** The container's init is moved below, and the container's cgroup hands a controller down. */
function delegate(box: Sandbox, id: string): string {
  const [path = ""] = own(box, id);
  const below = join(path, "init");
  mkdirSync(below);
  writeFileSync(join(below, "cgroup.procs"), String(box.state(id).pid));
  writeFileSync(join(path, "cgroup.subtree_control"), "+memory");
  return below;
}

it("exec goes where init is when the container's cgroup hands controllers down", (box, t) => {
  if (!skipUnless(t, !isV1 && hasController("memory"), "cgroupV2")) return;
  const id = running(box);
  const below = delegate(box, id);
  assert.deepEqual(cgroupsOfExec(box, id), [below]);
  assert.deepEqual(cgroupsOfExec(box, id, ["--cgroup", "init"]), [below]);
  assert.match(refusal(box, id, "--cgroup", "/"), / adding pid .* to cgroups.*device or resource busy/);
  assert.ok(existsSync(below));
});
