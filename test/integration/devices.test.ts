import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type Config, mapUsers } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

/** runtime-spec's config-linux.md ("Default Devices"), with numbers of the kernel's devices.txt in hexadecimal. */
const defaults: Readonly<Record<string, string>> = {
  "/dev/null": "1:3",
  "/dev/zero": "1:5",
  "/dev/full": "1:7",
  "/dev/random": "1:8",
  "/dev/urandom": "1:9",
  "/dev/tty": "5:0",
};

/** runtime-spec's runtime-linux.md ("Dev symbolic links"). */
const symlinks: Readonly<Record<string, string>> = {
  "/dev/fd": "/proc/self/fd",
  "/dev/stdin": "/proc/self/fd/0",
  "/dev/stdout": "/proc/self/fd/1",
  "/dev/stderr": "/proc/self/fd/2",
};

it("the default devices and symlinks are there", (box) => {
  const seen = box.look(["devices"]);
  for (const [path, numbers] of Object.entries(defaults)) {
    assert.equal(seen.value(`device.${path}`), `character special file ${numbers} 666 0:0`, path);
  }
  for (const [path, target] of Object.entries(symlinks)) {
    assert.equal(seen.value(`link.${path}`), target, path);
  }
  assert.match(seen.value("link./dev/ptmx"), /^(\/dev\/)?pts\/ptmx$/);
});

it("the default devices work", (box) => {
  const script =
    "echo x >/dev/null && head -c 3 /dev/zero | wc -c && head -c 3 /dev/urandom | wc -c && echo x 2>&1 >/dev/full";
  const result = box.run((config) => {
    config.process.args = ["/bin/sh", "-c", script];
  });
  assert.match(result.stdout, /^3\n3\n.*No space left on device/s);
});

it("the default devices are there in a user namespace, too", (box) => {
  const seen = box.look(["devices"], (config) => mapUsers(config, 100_000, 65_536));
  for (const [path, numbers] of Object.entries(defaults)) {
    assert.match(seen.value(`device.${path}`), new RegExp(`^character special file ${numbers} 666 `), path);
  }
});

it("linux.devices are made with type, numbers, mode and owner", (box) => {
  const seen = box.look(["devices"], (config) => {
    config.linux.devices = [
      { path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 0o640, uid: 5, gid: 6 },
      { path: "/dev/block", type: "b", major: 7, minor: 0, fileMode: 0o600 },
      { path: "/dev/pipe", type: "p", fileMode: 0o622 },
      { path: "/dev/unbuffered", type: "u", major: 1, minor: 3 },
    ];
  });
  assert.equal(seen.value("device./dev/fuse"), "character special file a:e5 640 5:6");
  assert.equal(seen.value("device./dev/block"), "block special file 7:0 600 0:0");
  assert.equal(seen.value("device./dev/pipe"), "fifo 0:0 622 0:0");
  assert.match(seen.value("device./dev/unbuffered"), /^character special file 1:3 /);
});

it("a device in a directory that is missing gets one", (box) => {
  const result = box.output(["/bin/stat", "-c", "%F %t:%T", "/dev/made/deep/null"], (config) => {
    config.linux.devices = [{ path: "/dev/made/deep/null", type: "c", major: 1, minor: 3, fileMode: 0o666 }];
  });
  assert.equal(result, "character special file 1:3\n");
});

it("a device's path leads nowhere but into the container's root", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/stat", "-c", "%n %F %t:%T", "/up", "/outside/node", "/outside/other"];
    const device = { type: "c", major: 1, minor: 3, fileMode: 0o666 };
    config.linux.devices = ["/dev/../../../up", "/dev/../../../../outside/node", "/link/other"].map(
      (path) => {
        return { path, ...device };
      },
    );
  });
  const outside = box.folder("outside");
  symlinkSync("../../../../outside", join(bundle, "rootfs/link"));
  assert.equal(
    box.succeed(["run", "--bundle", bundle, box.newId()]).stdout,
    "/up character special file 1:3\n/outside/node character special file 1:3\n/outside/other character special file 1:3\n",
  );
  assert.deepEqual(readdirSync(outside), []);
});

it("a device that the image has already is kept if it is the one asked for", (box) => {
  const run = (minor: number) => {
    const bundle = box.bundle((config) => {
      config.process.args = ["/bin/stat", "-c", "%t:%T %a", "/kept"];
      config.linux.devices = [{ path: "/kept", type: "c", major: 1, minor, fileMode: 0o666 }];
    });
    spawnSync("/bin/mknod", ["-m", "600", join(bundle, "rootfs/kept"), "c", "1", "5"]);
    return box.call(["run", "--bundle", bundle, box.newId()]);
  };
  assert.equal(run(5).stdout, "1:5 600\n");
  const other = run(3);
  assert.notEqual(other.status, 0);
  assert.match(
    other.stderr,
    /kept.* exists in the root file system and is another file.*\/linux\/devices\/0/,
  );
});

it("linux.devices are the host's in a user namespace, and no other file of its", (box) => {
  const device = (path: string) => (config: Config) => {
    mapUsers(config, 100_000, 65_536);
    config.linux.devices = [{ path, type: "c", major: 10, minor: 237, fileMode: 0o666 }];
  };
  const seen = box.output(["/bin/stat", "-c", "%F %t:%T", "/dev/loop-control"], device("/dev/loop-control"));
  assert.equal(seen, "character special file a:ed\n");
  const refused = box.run(device("/dev/../etc/shadow"));
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /of the host is not the device c 10:237.*\/linux\/devices\/0/);
});

it("create refuses device numbers that the kernel would cut", (box) => {
  const bundle = box.bundle((config) => {
    config.linux.devices = [{ path: "/dev/odd", type: "c", major: 4097, minor: 3 }];
  });
  assert.match(
    box.fail(["create", "--bundle", bundle, box.newId()]),
    /\/linux\/devices\/0\/major: must be from 0 to 4095/,
  );
});

// 10:237 is /dev/loop-control: everyone may open it, but no default rule allows it.
for (const [what, rules, wanted] of [
  ["refuses what no rule allows", [{ allow: false, access: "rwm" }], /Operation not permitted/],
  [
    "allows what a later rule allows",
    [
      { allow: false, access: "rwm" },
      { allow: true, type: "c", major: 10, minor: 237, access: "rwm" },
    ],
    /^opened$/m,
  ],
  [
    "refuses what a later rule takes back",
    [
      { allow: true, access: "rwm" },
      { allow: false, type: "c", major: 10, minor: 237, access: "rwm" },
    ],
    /Operation not permitted/,
  ],
] as const) {
  it(`the device cgroup ${what}`, (box) => {
    const result = box.run((config) => {
      config.process.args = ["/bin/sh", "-c", "{ : </dev/node; } 2>&1 && echo opened"];
      config.linux.devices = [{ path: "/dev/node", type: "c", major: 10, minor: 237, fileMode: 0o666 }];
      config.linux.resources = { devices: [...rules] };
    });
    assert.match(result.stdout, wanted, result.stderr);
  });
}

it("create refuses a device of an unknown type", (box) => {
  const bundle = box.bundle((config) => {
    config.linux.devices = [{ path: "/dev/odd", type: "x", major: 1, minor: 1 }];
  });
  box.fail(["create", "--bundle", bundle, box.newId()]);
});
