// `..` in cgroupsPath, and in the path of exec --cgroup (crun 1.28 and 1.29 fixed both).

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { hostMounts } from "../helpers/mountinfo.ts";
import { cgroupDriver, lastLine } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { skipUnless } from "../helpers/skip.ts";
import { proves, type Verdict } from "./helpers/proves.ts";

leaveNothing();

const up = "../".repeat(12);

/** The paths of a process in all hierarchies (cgroups(7), /proc/PID/cgroup). */
const pathsOf = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/cgroup`, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(":").slice(2).join(":"));

function createAt(box: Sandbox, cgroupsPath: string, outside: string): Verdict {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.linux.cgroupsPath = cgroupsPath;
  });
  const result = box.call(["create", "--bundle", bundle, id]);
  if (existsSync(outside)) {
    rmSync(outside, { recursive: true });
    return `broken: ${cgroupsPath} made ${outside}`;
  }
  if (result.status !== 0) return `broken: ${lastLine(result)}`;
  const paths = pathsOf(box.state(id).pid);
  const beside = paths.find((path) => path.includes(".."));
  box.call(["delete", "--force", id]);
  return beside === undefined ? "held" : `broken: the container is in ${beside}`;
}

if (cgroupDriver === "cgroupfs") {
  proves({
    cve: "neighbour",
    title: "cgroupsPath leads out of no hierarchy",
    attack: (box) => {
      // At the root of the host, where the file system ends all of these; and one name, as cgroups above stay.
      const outside = `/${basename(box.directory)}-outside`;
      for (const start of ["", "/", "/a/"]) {
        const verdict = createAt(box, start + up + outside.slice(1), outside);
        if (verdict !== "held") return verdict;
      }
      return "held";
    },
    without: ["cgroup-paths"],
  });
}

proves({
  cve: "neighbour",
  title: "exec --cgroup leads out of no container's cgroup",
  attack: (box) => {
    const [id, other] = [box.running(), box.running()];
    for (const path of [
      "..",
      `../${other}`,
      `${up}`,
      `a/../../${other}`,
      `/../${other}`,
      `/./../${other}/..`,
    ]) {
      const result = box.call(["exec", "--cgroup", path, id, "/bin/true"]);
      if (result.status === 0) return `broken: exec ran in ${path}`;
      if (!lastLine(result).includes("sub cgroup path")) return `broken: ${lastLine(result)}`;
    }
    return "held";
  },
  without: ["cgroup-paths"],
});

it("exec --cgroup takes each hierarchy's path for itself, and none that leads out", (box, t) => {
  const v1 = hostMounts().some(({ superOptions }) => superOptions.includes("memory"));
  if (!skipUnless(t, v1, "cgroupV1")) return;
  const id = box.running();
  const message = box.fail(["exec", "--cgroup", "memory:../x", id, "/bin/true"]);
  assert.match(message, /bad sub cgroup path: \.\.\/x/);
});
