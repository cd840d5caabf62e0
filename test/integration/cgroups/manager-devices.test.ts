// What processes in a container's cgroup may open, whoever manages it.
import assert from "node:assert/strict";
import { encode, exit, move } from "../../../src/bpf/extended.ts";
import type { CgroupManager } from "../../../src/cgroups/manager.ts";
import type { Resources } from "../../../src/oci/types.ts";
import { attachDeviceProgram, attachedDevicePrograms, loadDeviceProgram } from "../../../src/sys/bpf.ts";
import { AT_FDCWD, O_DIRECTORY, O_RDONLY, openat } from "../../../src/sys/files.ts";
import { local } from "../../../src/sys/local.ts";
import { giveControllersBack, inCgroup } from "../../helpers/cgroup-managers.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";

leaveNothing();
giveControllersBack();

const defaultDevices: Resources = { devices: [{ allow: false, access: "rwm" }] };
const kmsg = { allow: true, type: "c", major: 1, minor: 11, access: "rw" } as const;

/** How many device programs the manager's v2 directory has of its own. */
function programsOf(manager: CgroupManager): number {
  using cgroup = openat(local, AT_FDCWD, manager.paths[""] ?? "", O_RDONLY | O_DIRECTORY);
  const programs = attachedDevicePrograms(local, cgroup.number);
  for (const program of programs) program[Symbol.dispose]();
  return programs.length;
}

inCgroup("limitDevices() leaves the default devices and no others", async ({ manager, guest }) => {
  guest.enter();
  assert.equal(await guest.answer("true < /dev/kmsg"), "yes");
  manager.limitDevices(defaultDevices);
  assert.equal(await guest.answer("true < /dev/kmsg"), "no");
  assert.equal(await guest.answer("true < /dev/zero > /dev/null"), "yes");
});

inCgroup("limitDevices() allows what rules say, the last one first", async ({ manager, guest }) => {
  guest.enter();
  const denied = { ...kmsg, allow: false, access: "w" };
  manager.limitDevices({ devices: [{ allow: false, access: "rwm" }, kmsg, denied] });
  assert.equal(await guest.answer("true < /dev/kmsg"), "yes");
  assert.equal(await guest.answer("true > /dev/kmsg"), "no");
  manager.limitDevices({
    devices: [
      { allow: true, access: "rwm" },
      { ...kmsg, allow: false },
    ],
  });
  assert.equal(await guest.answer("true < /dev/kmsg"), "no");
  assert.equal(await guest.answer("true < /dev/zero > /dev/null"), "yes");
});

inCgroup("limitDevices() replaces the rules of before, by one program on v2", async ({ manager, guest }) => {
  guest.enter();
  // More often than a cgroup can have programs (64).
  for (let round = 0; round < 70; round++) manager.limitDevices({ devices: [kmsg] });
  assert.equal(await guest.answer("true < /dev/kmsg"), "yes");
  assert.equal(programsOf(manager), manager.mode === "v2" ? 1 : 0);
  manager.limitDevices(defaultDevices);
  assert.equal(await guest.answer("true < /dev/kmsg"), "no");
  assert.equal(programsOf(manager), manager.mode === "v2" ? 1 : 0);
});

inCgroup(
  "limitDevices() takes the place of all programs that others attached",
  async ({ manager, guest }) => {
    guest.enter();
    manager.limitDevices(defaultDevices);
    using cgroup = openat(local, AT_FDCWD, manager.paths[""] ?? "", O_RDONLY | O_DIRECTORY);
    for (const answer of [0, 1]) {
      using program = loadDeviceProgram(local, encode([move(0, answer), exit()]));
      attachDeviceProgram(local, cgroup.number, program.number);
    }
    assert.equal(programsOf(manager), 3);
    assert.equal(await guest.answer("true < /dev/zero"), "no");
    manager.limitDevices(defaultDevices);
    assert.equal(programsOf(manager), 1);
    assert.equal(await guest.answer("true < /dev/zero"), "yes");
  },
  { except: ["v1", "hybrid"] },
);
