import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, mapUsers } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { machineHas } from "../helpers/security-modules.ts";
import { skipUnless } from "../helpers/skip.ts";

leaveNothing();

/** What the container says it runs under, and what became of its look at a file that the profile denies. */
const script = "cat /proc/self/attr/apparmor/current; cat /secret 2>/dev/null && echo seen || echo denied";

/** Allows nearly everything. */
const most =
  "file, capability, network, signal, ptrace, unix, mount, umount, pivot_root, userns, change_profile";
/** What the program may not do. */
const secret = "deny /secret rw";
/** What LXC's profile does not allow: detached mounts of procfs have paths that begin with their root. */
const detached = "deny /sys/kernel/** wklx, deny /[0-9]*/attr/** wklx";

/** Loads a profile that has these rules, and unloads it after `action`. */
function withProfile(box: Sandbox, denied: string, action: (profile: string) => void): void {
  const profile = box.newId();
  const path = join(box.directory, profile);
  writeFileSync(
    path,
    `profile ${profile} flags=(attach_disconnected,mediate_deleted) { ${most}, ${denied}, }\n`,
  );
  parse("--replace", path);
  try {
    action(profile);
  } finally {
    parse("--remove", path);
  }
}

function parse(...args: string[]): void {
  const { status, stderr } = spawnSync("apparmor_parser", args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

/** What the script prints under a profile. @param through what executes the runtime */
function confined(
  box: Sandbox,
  profile: string,
  adjust: (config: Config) => void,
  through: readonly string[] = [],
): string {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", script];
    config.process.apparmorProfile = profile;
    adjust(config);
  });
  writeFileSync(join(bundle, "rootfs/secret"), "secret\n");
  return box.succeed(["run", "--bundle", bundle, box.newId()], { through }).stdout;
}

const settings: Readonly<Record<string, (config: Config) => void>> = {
  "as root": () => {},
  "as another user": (config) => {
    config.process.user = { uid: 1000, gid: 1000 };
  },
  "without noNewPrivileges": (config) => {
    config.process.noNewPrivileges = false;
  },
  "with a seccomp profile": (config) => {
    config.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW" };
  },
  "in a user namespace": (config) => mapUsers(config, 100000, 65536),
};

for (const [setting, adjust] of Object.entries(settings)) {
  it(`apparmorProfile confines the program ${setting}`, (box, t) => {
    if (!skipUnless(t, machineHas("appArmor"), "appArmor")) return;
    withProfile(box, secret, (profile) => {
      assert.equal(confined(box, profile, adjust), `${profile} (enforce)\ndenied\n`);
    });
  });
}

it("apparmorProfile and sysctl are written by a runtime that its own profile keeps from a detached /proc", (box, t) => {
  if (!skipUnless(t, machineHas("appArmor"), "appArmor")) return;
  const adjust = (config: Config) => {
    config.process.noNewPrivileges = false;
    config.process.args = ["/bin/sh", "-c", `${script}; cat /proc/sys/kernel/shm_rmid_forced`];
    config.linux.sysctl = { "kernel.shm_rmid_forced": "1" };
  };
  withProfile(box, detached, (own) => {
    withProfile(box, secret, (profile) => {
      const through = ["aa-exec", "-p", own, "--"];
      assert.equal(confined(box, profile, adjust, through), `${profile} (enforce)\ndenied\n1\n`);
    });
  });
});

it("apparmorProfile that is not loaded fails create with its name and what to do", (box, t) => {
  if (!skipUnless(t, machineHas("appArmor"), "appArmor")) return;
  const profile = box.newId();
  const bundle = box.bundle((config) => {
    config.process.apparmorProfile = profile;
  });
  const line = box.fail(["create", "--bundle", bundle, box.newId()]);
  assert.match(
    line,
    /unable to apply apparmor profile.*write .*\/proc\/.*\/attr.*exec.*: no such file or directory/,
  );
  box.assertEmpty();
});

it("apparmorProfile is refused where AppArmor is off", (box, t) => {
  if (!skipUnless(t, !machineHas("appArmor"), "noAppArmor")) return;
  const bundle = box.bundle((config) => {
    config.process.apparmorProfile = "docker-default";
  });
  assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), /apparmor/i);
  box.assertEmpty();
});

const processLabel = "system_u:system_r:unconfined_t:s0-s0:c0.c1023";
/** With two categories, as every container of Podman's has them: a comma, which separates options elsewhere. */
const fileLabel = "system_u:object_r:tmp_t:s0:c1,c2";

for (const [property, adjust] of [
  [
    "selinuxLabel",
    (config: Config) => {
      config.process.selinuxLabel = processLabel;
    },
  ],
  [
    "mountLabel",
    (config: Config) => {
      config.linux.mountLabel = fileLabel;
    },
  ],
] as const) {
  it(`${property} is refused where SELinux is off`, (box, t) => {
    if (!skipUnless(t, !machineHas("selinux"), "noSelinux")) return;
    const line = box.fail(["create", "--bundle", box.bundle(adjust), box.newId()]);
    assert.match(line, /selinux label is specified in config, but selinux is disabled or not supported/);
    box.assertEmpty();
  });
}

it("selinuxLabel is what the program runs as", (box, t) => {
  if (!skipUnless(t, machineHas("selinux"), "selinux")) return;
  const seen = box.output(["/bin/cat", "/proc/self/attr/current"], (config) => {
    config.process.selinuxLabel = processLabel;
  });
  assert.equal(seen.replace(/\0$/, ""), processLabel);
});

it("selinuxLabel that the policy does not know fails create with its name", (box, t) => {
  if (!skipUnless(t, machineHas("selinux"), "selinux")) return;
  const bundle = box.bundle((config) => {
    config.process.selinuxLabel = "nobody_u:nobody_r:nothing_t:s0";
  });
  const line = box.fail(["create", "--bundle", bundle, box.newId()]);
  assert.match(line, /nobody_u:nobody_r:nothing_t:s0.*\/attr\/(keycreate|exec).*: invalid argument/);
  box.assertEmpty();
});

it("mountLabel is that of the container's file systems", (box, t) => {
  if (!skipUnless(t, machineHas("selinux"), "selinux")) return;
  const mounts = box.output(["/bin/cat", "/proc/self/mountinfo"], (config) => {
    config.linux.mountLabel = fileLabel;
  });
  const labelled = mounts
    .split("\n")
    .filter((line) => line.replaceAll('"', "").includes(`context=${fileLabel}`));
  assert.deepEqual(
    ["/dev", "/dev/shm"].filter((point) => !labelled.some((line) => line.split(" ")[4] === point)),
    [],
    mounts,
  );
});

it("exec refuses a profile that no security module would take", (box, t) => {
  if (!skipUnless(t, !existsSync("/sys/kernel/security/apparmor"), "noAppArmor")) return;
  const result = box.call(["exec", "--apparmor", "some-profile", box.running(), "/bin/true"]);
  assert.equal(result.status, 255);
  assert.match(lastLine(result), /apparmor/i);
});
