import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Config, mapUsers } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

/** Tries all that the root of a user namespace may to write to a mount that is read-only on the host. */
const attempts = `
  mount -o remount,bind,rw /vol; touch /vol/x
  mount -o remount,bind,rw,suid,dev,exec /vol; touch /vol/x
  umount /vol/covered && ls /vol/covered
  mkdir /tmp/again && mount -o rbind /vol /tmp/again && mount -o remount,bind,rw /tmp/again; touch /tmp/again/x
  echo tried
`;

/** What the container sees of a mount that is read-only on the host, below a directory of this mode, and has another on it. */
function attempt(box: Sandbox, mode: number, options: readonly string[]): void {
  const hidden = box.folder("hidden");
  const volume = join(hidden, "volume");
  mkdirSync(volume);
  execFileSync("mount", ["-t", "tmpfs", "-o", "mode=777", "tmpfs", volume]);
  try {
    mkdirSync(join(volume, "covered/secret"), { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", join(volume, "covered")]);
    execFileSync("mount", ["-o", "remount,bind,ro,nosuid,nodev", volume]);
    chmodSync(hidden, mode);
    const bundle = box.bundle((config) => adjust(config, volume, options));
    mkdirSync(join(bundle, "rootfs/vol"));
    const { stdout } = box.succeed(["run", "--bundle", bundle, box.newId()]);
    assert.match(stdout, /tried\n$/);
    assert.doesNotMatch(stdout, /secret/);
    assert.deepEqual(readdirSync(volume), ["covered"]);
  } finally {
    execFileSync("umount", ["--recursive", volume]);
  }
}

function adjust(config: Config, volume: string, options: readonly string[]): void {
  mapUsers(config, 100_000, 65_536);
  const capabilities = ["CAP_SYS_ADMIN"];
  config.process.capabilities = { bounding: capabilities, effective: capabilities, permitted: capabilities };
  config.process.noNewPrivileges = false;
  config.process.args = ["/bin/sh", "-c", attempts];
  config.mounts.push(
    { destination: "/tmp", type: "tmpfs", source: "tmpfs" },
    { destination: "/vol", type: "bind", source: volume, options: [...options] },
  );
}

it("a read-only mount of the host's stays so in a user namespace", (box) => attempt(box, 0o755, ["rbind"]));

it("a read-only mount of the host's stays so where it needs no way to its source but the runtime's", (box) => {
  attempt(box, 0o700, ["rbind"]);
});

it("id-mapped mounts stay read-only in a user namespace where their source is", (box) => {
  attempt(box, 0o700, ["rbind", "ridmap"]);
});
