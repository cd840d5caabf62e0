import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Mount } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Look } from "../helpers/look.ts";
import { tmpfs } from "../helpers/mounts.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

/** Runs `body` with a shared mount of the host, which has a directory `below`. */
function withSharedMount(box: Sandbox, body: (volume: string) => void): void {
  const volume = box.folder("volume");
  run("mount", "-t", "tmpfs", "tmpfs", volume);
  try {
    run("mount", "--make-shared", volume);
    mkdirSync(join(volume, "below"));
    body(volume);
  } finally {
    spawnSync("umount", ["--recursive", volume]);
  }
}

/** What a container sees of a file that the host mounts into its volume once it runs. */
const outside: readonly [options: string[], seen: string][] = [
  [["rbind", "rprivate"], "no"],
  [["rbind", "private"], "no"],
  [["rbind", "rslave"], "yes"],
  [["rbind", "slave"], "yes"],
  [["rbind", "rshared"], "yes"],
];

for (const [options, seen] of outside) {
  it(`a volume with ${options.join(",")}: the container ${seen === "yes" ? "sees" : "does not see"} what the host mounts later`, (box) => {
    withSharedMount(box, (volume) => {
      const script = "read go; test -e /tmp/volume/below/mark && echo yes || echo no";
      const pipe = join(box.folder("pipes"), "go");
      run("mkfifo", pipe);
      const { id, output } = box.create(["/bin/sh", "-c", `(${script}) </tmp/pipes/go`], (config) => {
        config.root.readonly = false;
        config.mounts.push({ destination: "/tmp/volume", type: "bind", source: volume, options });
        config.mounts.push({
          destination: "/tmp/pipes",
          type: "bind",
          source: join(pipe, ".."),
          options: ["bind"],
        });
      });
      box.succeed(["start", id]);
      run("mount", "-t", "tmpfs", "tmpfs", join(volume, "below"));
      writeFileSync(join(volume, "below/mark"), "");
      writeFileSync(pipe, "go\n");
      box.untilStatus(id, "stopped");
      assert.equal(output(), `${seen}\n`);
    });
  });
}

it("a volume with rshared gives the host what the container mounts in it, with rslave it does not", (box) => {
  for (const [option, there] of [
    ["rshared", true],
    ["rslave", false],
  ] as const) {
    withSharedMount(box, (volume) => {
      const script = "mount -t tmpfs tmpfs /tmp/volume/below && touch /tmp/volume/below/mark";
      box.output(["/bin/sh", "-c", script], (config) => {
        allowMounting(config);
        // Where the root is a slave of the host, as by default, so is all that is bound in it: engines say both.
        config.linux.rootfsPropagation = option;
        config.mounts.push({
          destination: "/tmp/volume",
          type: "bind",
          source: volume,
          options: ["rbind", option],
        });
      });
      assert.equal(existsSync(join(volume, "below/mark")), there, option);
    });
  }
});

function allowMounting(config: Config): void {
  config.root.readonly = false;
  const sets = config.process.capabilities ?? {};
  for (const set of ["bounding", "effective", "permitted"] as const) {
    sets[set] = [...(sets[set] ?? []), "CAP_SYS_ADMIN"];
  }
}

const propagationOf = (seen: Look, point: string) => seen.mount(point).propagation.join(" ");

it("propagation options are applied in their order, each to what the one before left", (box) => {
  const seen = box.look(["mounts"], (config) => {
    config.root.readonly = false;
    config.mounts.push(tmpfs("/tmp/both", "shared", "slave"), tmpfs("/tmp/last", "unbindable", "private"));
    config.mounts.push(tmpfs("/tmp/tree"), tmpfs("/tmp/tree/below"));
    const rebind = (destination: string, ...options: string[]): Mount => ({
      destination,
      source: "rootfs/tmp/tree",
      options: ["rbind", ...options],
    });
    config.mounts.push(rebind("/tmp/all", "rshared"), rebind("/tmp/top", "rshared", "private"));
  });
  assert.match(propagationOf(seen, "/tmp/both"), /^(master:\d+)?$/);
  assert.equal(propagationOf(seen, "/tmp/last"), "");
  assert.match(propagationOf(seen, "/tmp/all/below"), /^shared:\d+$/);
  assert.equal(propagationOf(seen, "/tmp/top"), "");
  assert.match(propagationOf(seen, "/tmp/top/below"), /^shared:\d+$/);
});

it("a mount without a type and with propagation alone changes what is mounted there", (box) => {
  const seen = box.look(["mounts"], (config) => {
    config.root.readonly = false;
    config.mounts.push(tmpfs("/tmp/one", "nosuid"), tmpfs("/tmp/two"), tmpfs("/tmp/two/below"));
    config.mounts.push({ destination: "/tmp/one", options: ["shared"] });
    config.mounts.push({ destination: "/tmp/two", type: "none", options: ["rshared"] });
  });
  assert.match(propagationOf(seen, "/tmp/one"), /^shared:\d+$/);
  assert.ok(seen.mount("/tmp/one").options.includes("nosuid"));
  assert.match(propagationOf(seen, "/tmp/two/below"), /^shared:\d+$/);
  assert.equal(seen.mounts.filter(({ point }) => point === "/tmp/one").length, 1);
});

it("create refuses propagation alone, or remount, where nothing is mounted", (box) => {
  for (const options of [["shared"], ["remount", "ro"], ["bind", "remount", "ro"]]) {
    for (const destination of ["/tmp", "/missing"]) {
      const bundle = box.bundle((config) => config.mounts.push({ destination, source: "/", options }));
      assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), /\/mounts\/7|mount/);
    }
  }
});

/** What the root's propagation says of a mount that the container makes in its root. */
const roots: readonly [value: string, below: RegExp][] = [
  ["shared", /^shared:\d+$/],
  ["rshared", /^shared:\d+$/],
  ["private", /^$/],
  ["rprivate", /^$/],
  ["slave", /^$/],
  ["rslave", /^$/],
  ["unbindable", /^$/],
  ["runbindable", /^$/],
];

it("rootfsPropagation holds for what the container mounts in its root", (box) => {
  for (const [value, below] of roots) {
    const script = "mount -t tmpfs tmpfs /tmp && exec /bin/sh /checker mounts";
    const { stdout, stderr } = box.run((config) => {
      allowMounting(config);
      config.linux.rootfsPropagation = value;
      config.process.args = ["/bin/sh", "-c", script];
    });
    const line = stdout.split("\n").find((each) => / \/tmp /.test(each)) ?? stderr;
    const propagation = /relatime(.*) - /.exec(line)?.[1]?.trim() ?? "no mount";
    assert.match(propagation, below, `${value}: ${line}`);
  }
});

it("the host gets no mount of a container whose rootfsPropagation is shared", (box) => {
  const bundle = box.bundle((config) => {
    allowMounting(config);
    config.linux.rootfsPropagation = "rshared";
    config.process.args = ["/bin/sh", "-c", "mount -t tmpfs tmpfs /tmp && touch /tmp/mark"];
  });
  const volume = join(bundle, "rootfs");
  run("mount", "--bind", volume, volume);
  try {
    run("mount", "--make-shared", volume);
    box.succeed(["run", "--bundle", bundle, box.newId()]);
    assert.ok(!existsSync(join(volume, "tmp/mark")));
  } finally {
    spawnSync("umount", ["--recursive", volume]);
  }
});
