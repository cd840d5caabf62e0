// What is left of device rules when systemd reads its units anew. Alone in its file: systemd then loads the device programs of
// all its services again, which would look like leftovers of these containers.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { devicePrograms } from "../../helpers/bpf-programs.ts";
import { cgroupDriver, hasSystemd } from "../../helpers/cgroups.ts";
import { it } from "../../helpers/it.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { until } from "../../helpers/wait.ts";

it("a container keeps its devices, and no others, when systemd reloads", (box, t) => {
  if (!skipUnless(t, hasSystemd, "systemd")) return;
  if (!skipUnless(t, cgroupDriver === "systemd", "systemdDriver")) return;
  const reload = () => spawnSync("systemctl", ["daemon-reload"]);
  reload();
  const programs = devicePrograms().length;
  const id = box.running((config) => {
    config.linux.resources = {
      devices: [
        { allow: false, access: "rwm" },
        { allow: true, type: "c", major: 10, minor: 200, access: "rw" },
      ],
    };
    config.linux.devices = [{ path: "/dev/net/tun", type: "c", major: 10, minor: 200, fileMode: 0o666 }];
  });
  const granted = "echo x >/dev/null && head -c 4 /dev/zero | wc -c && exec 3<>/dev/net/tun && echo tun";
  // The node of kmsg may be made, as any, but not be opened.
  const denied = "rm -f /dev/kmsg && mknod /dev/kmsg c 1 11 && { head -c 1 /dev/kmsg 2>&1 || true; }";
  const inside = () =>
    box.succeed(["exec", "--cap", "CAP_MKNOD", id, "/bin/sh", "-c", `${granted}; ${denied}`]).stdout;
  const before = inside();
  assert.match(before, /^4\ntun\n.*not permitted/);
  reload();
  assert.equal(inside(), before);
  box.succeed(["delete", "--force", id]);
  until("the device programs to go", () => devicePrograms().length <= programs);
});
