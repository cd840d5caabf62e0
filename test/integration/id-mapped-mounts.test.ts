import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, type Mount, mapUsers } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { buildOldKernel } from "../helpers/old-kernel/wrapper.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

const range = (containerID: number, hostID: number, size: number) => [{ containerID, hostID, size }];

/** A bind mount with mappings: user ids of the source on the left, the group ids 1000 higher. */
function mapped(source: string, uids: ReturnType<typeof range>, ...options: string[]): Mount {
  const gidMappings = uids.map((each) => ({ ...each, hostID: each.hostID + 1000 }));
  return {
    destination: "/tmp",
    type: "bind",
    source,
    options: ["rbind", ...options],
    uidMappings: uids,
    gidMappings,
  };
}

/** A directory with a file of the owner 1000:1000, which everybody may write. */
function makeSource(directory: string): string {
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o777);
  writeFileSync(join(directory, "file"), "text", { mode: 0o644 });
  for (const path of [directory, join(directory, "file")]) chownSync(path, 1000, 1000);
  return directory;
}

function ownerOf(path: string): string {
  const { uid, gid } = statSync(path);
  return `${uid}:${gid}`;
}

const owner = ["/bin/stat", "-c", "%u:%g", "/tmp/file"];
const makeFile = ["/bin/sh", "-c", "echo new > /tmp/made && stat -c %u:%g /tmp/made"];

/** What `args` print in a container with one more mount, whose process has the ids given. */
function output(
  box: Sandbox,
  args: readonly string[],
  mount: Mount,
  adjust: (config: Config) => void = () => {},
) {
  return box
    .output(args, (config) => {
      config.mounts.push(mount);
      adjust(config);
    })
    .trim();
}

const as = (uid: number, gid: number) => (config: Config) => {
  config.process.user = { uid, gid };
};

/** Directories of file systems that can have mapped ids: as far as this machine has them, and they have it. */
const places = { "the disk": tmpdir(), tmpfs: "/dev/shm" };

for (const [place, parent] of Object.entries(places)) {
  it(`an id-mapped mount of ${place} shows the owners that its mappings say, and takes them back (mounts uidMappings gidMappings)`, (box) => {
    const source = makeSource(mkdtempSync(join(parent, "tsrun-idmap-")));
    try {
      const mount = mapped(source, range(1000, 3000, 5), "idmap");
      assert.equal(output(box, owner, mount), "3000:4000");
      assert.equal(output(box, makeFile, mount, as(3002, 4003)), "3002:4003");
      assert.equal(ownerOf(join(source, "made")), "1002:1003");
    } finally {
      rmSync(source, { recursive: true });
    }
  });
}

it("an id-mapped mount shows ids without a mapping as the overflow ids, and lets nobody make such files", (box) => {
  const source = makeSource(join(box.directory, "source"));
  const mount = mapped(source, range(2000, 3000, 5), "idmap");
  assert.equal(output(box, owner, mount), "65534:65534");
  const refused = box.run((config) => {
    config.mounts.push(mount);
    config.process.args = [...makeFile];
  });
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /Value too large/);
});

it("an id-mapped mount without mappings has those of the container's user namespace (options idmap)", (box) => {
  const source = makeSource(join(box.directory, "source"));
  const mount = { destination: "/tmp", type: "bind", source, options: ["bind", "idmap"] };
  const inUserNamespace = (config: Config) => mapUsers(config, 100_000, 65_536);
  assert.equal(output(box, owner, mount, inUserNamespace), "1000:1000");
  chownSync(source, 0, 0);
  assert.equal(output(box, makeFile, mount, inUserNamespace), "0:0");
  assert.equal(ownerOf(join(source, "made")), "0:0");
});

it("an id-mapped mount has mappings of its own in a container with a user namespace, too", (box) => {
  const source = makeSource(join(box.directory, "source"));
  const inUserNamespace = (config: Config) => mapUsers(config, 100_000, 65_536);
  const mount = mapped(source, range(1000, 100_007, 1), "idmap", "nosuid", "nodev");
  assert.equal(output(box, owner, mount, inUserNamespace), "7:1007");
});

it("an id-mapped mount without mappings has those of a user namespace that is joined", (box) => {
  const first = box.running((config) => mapUsers(config, 200_000, 65_536));
  const source = makeSource(join(box.directory, "source"));
  const mount = { destination: "/tmp", type: "bind", source, options: ["bind", "idmap"] };
  const { pid } = box.state(first);
  const seen = output(box, owner, mount, (config) => {
    config.linux.namespaces.push({ type: "user", path: `/proc/${pid}/ns/user` });
  });
  assert.equal(seen, "1000:1000");
});

it("id-mapped mounts of one container have each its own mappings, also of the same source", (box) => {
  const source = makeSource(join(box.directory, "source"));
  const text = box.output(
    ["/bin/stat", "-c", "%u:%g", "/tmp/file", "/other/file", "/third/file"],
    (config) => {
      config.mounts.push(
        mapped(source, range(1000, 3000, 5), "idmap"),
        { ...mapped(source, range(1000, 5000, 5), "idmap"), destination: "/other" },
        { ...mapped(source, range(1000, 3000, 5), "idmap", "ro"), destination: "/third" },
      );
    },
  );
  assert.equal(text, "3000:4000\n5000:6000\n3000:4000\n");
});

it("an id-mapped mount has its other options, too", (box) => {
  const source = makeSource(join(box.directory, "source"));
  for (const inUserNamespace of [false, true]) {
    // In a user namespace the access times of the host's mounts are locked.
    const others = ["ro", "nosuid", "noexec", ...(inUserNamespace ? [] : ["noatime"])];
    const look = box.look(["mounts"], (config) => {
      if (inUserNamespace) mapUsers(config, 100_000, 65_536);
      config.mounts.push(mapped(source, range(1000, 100_000, 5), "idmap", ...others));
    });
    const { options } = look.mount("/tmp");
    for (const option of others) assert.ok(options.includes(option), option);
  }
});

it("an id-mapped mount of a file shows its owner", (box) => {
  const source = makeSource(join(box.directory, "source"));
  const mount = mapped(join(source, "file"), range(1000, 3000, 5), "idmap");
  assert.equal(output(box, owner, { ...mount, destination: "/tmp/file" }), "3000:4000");
});

it("ridmap maps the mounts below the source, idmap only the one on top (options ridmap)", (box) => {
  const source = makeSource(join(box.directory, "source"));
  mkdirSync(join(source, "below"));
  const script = `mount -t tmpfs -o uid=1000,gid=1000 tmpfs ${source}/below && exec "$@"`;
  const through = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh"];
  const seen = (option: string): string => {
    const adjust = (config: Config): void => {
      config.process.args = ["/bin/stat", "-c", "%u:%g", "/tmp", "/tmp/below"];
      config.mounts.push(mapped(source, range(1000, 3000, 5), option));
    };
    const { status, stdout, stderr } = box.run(adjust, { through });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assert.equal(seen("ridmap"), "3000:4000\n3000:4000\n");
  assert.equal(seen("idmap"), "3000:4000\n1000:1000\n");
});

it("an id-mapped mount keeps to the container what is mounted below it", (box) => {
  const source = makeSource(join(box.directory, "source"));
  mkdirSync(join(source, "below"));
  // The source's mount is shared, as systemd makes all of them.
  const script = `mount --bind ${source} ${source} && mount --make-shared ${source} && "$@" && exec grep -c ${source}/below /proc/self/mountinfo`;
  const through = ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh"];
  const result = box.run(
    (config) => {
      config.process.args = ["/bin/sh", "-c", "grep -c /tmp/below /proc/self/mountinfo"];
      config.mounts.push(mapped(source, range(1000, 3000, 5), "idmap"), {
        destination: "/tmp/below",
        type: "tmpfs",
        source: "tmpfs",
      });
    },
    { through },
  );
  assert.equal(result.stdout, "1\n0\n", result.stderr);
});

it("an id-mapped mount takes mappings in its option as crun does", (box) => {
  const source = makeSource(join(box.directory, "source"));
  const mount = (value: string): Mount => ({
    destination: "/tmp",
    type: "bind",
    source,
    options: ["bind", value],
  });
  assert.equal(output(box, owner, mount("idmap=uids=0-50-10#1000-3000-5;gids=1000-4000-5")), "3000:4000");
  const inUserNamespace = (config: Config) => mapUsers(config, 100_000, 65_536);
  assert.equal(output(box, owner, mount("idmap=uids=@1000-5-1;gids=@1000-6-1"), inUserNamespace), "5:6");
});

const refusals: readonly (readonly [what: string, mount: (source: string) => Mount, message: RegExp])[] = [
  [
    "of another kind than bind",
    (source) => ({ ...mapped(source, range(0, 1, 1), "idmap"), type: "tmpfs", options: ["idmap"] }),
    /\/mounts\/\d+\/options\/0: id-mapped mounts are only supported for bind-mounts/,
  ],
  [
    "with mappings of users alone",
    (source) => ({ ...mapped(source, range(0, 1, 1), "idmap"), gidMappings: [] }),
    /\/mounts\/\d+\/uidMappings: needs gidMappings beside it/,
  ],
  [
    "without any mapping to take",
    (source) => ({ destination: "/tmp", type: "bind", source, options: ["bind", "idmap"] }),
    /\/mounts\/\d+\/options\/1: the mount has no uidMappings and gidMappings, and the container no user namespace/,
  ],
  [
    "with ranges that overlap",
    (source) => mapped(source, [...range(0, 1, 10), ...range(5, 100, 10)], "idmap"),
    /\/mounts\/\d+\/uidMappings\/1\/containerID: the range overlaps/,
  ],
  [
    "of a file system that cannot",
    () => mapped("/proc/self", range(0, 1, 1), "idmap"),
    /the file system of \/proc\/self \(proc\) does not support id-mapped mounts on Linux \d/,
  ],
  [
    "whose source is missing",
    (source) => mapped(`${source}/missing`, range(0, 1, 1), "idmap"),
    /source\/missing.*: no such file or directory/,
  ],
];

for (const [what, mount, message] of refusals) {
  it(`create refuses an id-mapped mount ${what}`, (box) => {
    const source = makeSource(join(box.directory, "source"));
    const bundle = box.bundle((config) => {
      config.mounts.push(mount(source));
    });
    assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), message);
    assert.deepEqual(box.containers(), []);
  });
}

it("create refuses an id-mapped mount where the kernel has no mount_setattr", (box) => {
  const source = makeSource(join(box.directory, "source"));
  const bundle = box.bundle((config) => {
    config.mounts.push(mapped(source, range(0, 1, 1), "idmap"));
  });
  const line = box.fail(["create", "--bundle", bundle, box.newId()], { through: [buildOldKernel()] });
  assert.match(line, /function not implemented.*id-mapped mounts need Linux 5\.12/);
});
