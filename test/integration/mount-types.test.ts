import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, mapUsers, removeNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { tmpfs } from "../helpers/mounts.ts";
import { runtimePath } from "../helpers/runtime.ts";

leaveNothing();

/** Permissions of directories of the image, with the mode that a tmpfs without one of its own has there. */
it("a tmpfs keeps the mode of the directory that it covers, sticky bit and all", (box) => {
  const modes = { plain: 0o755, open: 0o1777, shut: 0o700, set: 0o2775 };
  const bundle = box.bundle((config) => {
    config.root.readonly = false;
    config.process.args = ["/bin/stat", "-c", "%n %a", ...Object.keys(modes).map((name) => `/${name}`)];
    config.process.args.push("/missing", "/given");
    config.mounts.push(...[...Object.keys(modes), "missing"].map((name) => tmpfs(`/${name}`, "size=64k")));
    config.mounts.push(tmpfs("/given", "mode=0750", "uid=3", "gid=4"));
  });
  for (const [name, mode] of Object.entries(modes)) {
    mkdirSync(join(bundle, "rootfs", name));
    chmodSync(join(bundle, "rootfs", name), mode);
  }
  const { stdout } = box.succeed(["run", "--bundle", bundle, box.newId()]);
  assert.equal(stdout, "/plain 755\n/open 1777\n/shut 700\n/set 2775\n/missing 1777\n/given 750\n");
});

it("a read-only tmpfs takes the mounts below it first", (box) => {
  const source = box.folder("source");
  writeFileSync(join(source, "file"), "text\n");
  const script = "cat /tmp/spot/secrets/file; touch /tmp/spot/new 2>/dev/null || echo refused";
  const output = box.output(["/bin/sh", "-c", script], (config) => {
    config.root.readonly = false;
    config.mounts.push(tmpfs("/tmp/spot", "ro"));
    config.mounts.push({ destination: "/tmp/spot/secrets", type: "bind", source, options: ["bind"] });
  });
  assert.equal(output, "text\nrefused\n");
});

it("a read-only /dev has its devices", (box) => {
  const script =
    "test -c /dev/null && test -L /dev/ptmx && echo there; touch /dev/new 2>/dev/null || echo refused";
  const output = box.output(["/bin/sh", "-c", script], (config) => {
    config.mounts = config.mounts.map((mount) =>
      mount.destination === "/dev" ? { ...mount, options: [...(mount.options ?? []), "ro"] } : mount,
    );
  });
  assert.equal(output, "there\nrefused\n");
});

it("an overlay shows its layers, however many bytes they take", (box) => {
  const layers = Array.from({ length: 60 }, (_, index) => box.folder(`layer-${index}-${"x".repeat(60)}`));
  for (const [index, layer] of layers.entries()) writeFileSync(join(layer, `file-${index}`), `${index}\n`);
  for (const count of [2, 20, 60]) {
    const lowerdir = `lowerdir=${layers.slice(0, count).join(":")}`;
    const output = box.output(["/bin/sh", "-c", "ls /tmp/all | wc -l; cat /tmp/all/file-1"], (config) => {
      config.root.readonly = false;
      config.mounts.push({
        destination: "/tmp/all",
        type: "overlay",
        source: "overlay",
        options: [lowerdir],
      });
    });
    assert.equal(output, `${count}\n1\n`);
  }
});

it("an overlay can be the container's root", (box) => {
  const [upper, work] = [box.folder("disk/upper"), box.folder("disk/work")];
  const bundle = box.bundle((config) => {
    config.root.readonly = false;
    config.process.args = ["/bin/sh", "-c", "echo new >/new; cat /new /proc/self/comm"];
    const options = [`lowerdir=${config.root.path}`, `upperdir=${upper}`, `workdir=${work}`];
    config.mounts.unshift({ destination: "/", type: "overlay", source: "overlay", options });
  });
  const config = join(bundle, "config.json");
  writeFileSync(config, box.read(config).replace("lowerdir=rootfs", `lowerdir=${bundle}/rootfs`));
  const { stdout } = box.succeed(["run", "--bundle", bundle, box.newId()]);
  assert.equal(stdout, "new\ncat\n");
  assert.equal(box.read(join(upper, "new")), "new\n");
});

it("an mqueue and a devpts are the container's own", (box) => {
  const output = box.output(["/bin/sh", "-c", "touch /dev/mqueue/mine; ls /dev/mqueue /dev/pts"]);
  assert.equal(output, "/dev/mqueue:\nmine\n\n/dev/pts:\nptmx\n");
});

const shared: readonly [type: string, namespace: string, point: string][] = [
  ["sysfs", "network", "/sys"],
  ["mqueue", "ipc", "/dev/mqueue"],
];

for (const [type, namespace, point] of shared) {
  it(`in a user namespace a ${type} of the host's ${namespace} namespace is the host's own mount`, (box) => {
    if (spawnSync("mountpoint", ["-q", point]).status !== 0) {
      assert.match(failure(), /operation not permitted.*namespace/);
      return;
    }
    const seen = box.look(["mounts"], adjust);
    assert.equal(seen.mount(point).type, type);
    assert.ok(seen.mount(point).options.includes("nosuid"), seen.mount(point).line);
    for (const mount of seen.mounts.filter((each) => each.point.startsWith(`${point}/`))) {
      assert.ok(mount.options.includes("ro"), mount.line);
    }

    function adjust(config: Config): void {
      mapUsers(config, 100_000, 65_536);
      removeNamespace(config, namespace);
      config.mounts = config.mounts.filter((mount) => mount.type !== "cgroup");
    }
    function failure(): string {
      return box.fail(["create", "--bundle", box.bundle(adjust), box.newId()]);
    }
  });
}

it("create says what covers /proc where a user namespace may mount no new one", (box) => {
  const bundle = box.bundle((config) => mapUsers(config, 100_000, 65_536));
  const command = [runtimePath, "--root", box.root, "create", "--bundle", bundle, box.newId()].join(" ");
  const script = `mount -t tmpfs tmpfs /proc/fs && exec ${command}`;
  const { status, stderr } = spawnSync("unshare", ["-m", "sh", "-c", script], { encoding: "utf8" });
  assert.notEqual(status, 0);
  assert.match(stderr, /\/proc.*operation not permitted.*\/proc\/fs is covered/);
});

const faults: readonly [options: string[], message: RegExp][] = [
  [["size=much"], /size=much.*invalid argument/],
  [["size=1m", "nonsense"], /nonsense/],
  [["mode=999"], /mode/],
];

for (const [options, message] of faults) {
  it(`create names the mount option that the kernel refuses: ${options.join(",")}`, (box) => {
    const bundle = box.bundle((config) => config.mounts.push(tmpfs("/tmp", ...options)));
    const line = box.fail(["create", "--bundle", bundle, box.newId()]);
    assert.match(line, message);
    assert.match(line, /\/mounts\/7/);
  });
}

for (const flags of [[], ["--no-pivot"]]) {
  it(`a user namespace below the container's finds no proc without its masks${flags.map((flag) => ` with ${flag}`)}`, (box) => {
    const inner = "mount -t proc proc /tmp 2>/dev/null || echo refused";
    const { stdout, stderr } = box.run(
      (config) => {
        config.process.args = ["/bin/sh", "-c", `unshare -U -r -m -p -f /bin/sh -c '${inner}'`];
        // To map root it takes CAP_SETFCAP (user_namespaces(7)).
        const capabilities = ["CAP_SETFCAP"];
        config.process.capabilities = {
          bounding: capabilities,
          effective: capabilities,
          permitted: capabilities,
        };
      },
      { flags },
    );
    assert.equal(stdout, "refused\n", stderr);
  });
}
