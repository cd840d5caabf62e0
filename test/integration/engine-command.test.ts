// tsrun engine: what it shows, writes and says, by the command line. What engines make of it: test/engines/setup.
import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../helpers/it.ts";
import { runtimePath } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { tomlOf } from "../helpers/toml.ts";

const engine = (box: Sandbox, ...args: string[]) => box.succeed(["engine", ...args]).stdout;

it("engine install shows the difference, writes it, says what to do, and does it once", (box) => {
  const path = join(box.directory, "config.toml");
  const before = '# mine\nversion = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "pause"\n';
  writeFileSync(path, before);
  const shown = engine(box, "install", "containerd", "--config", path, "--dry-run");
  assert.ok(shown.startsWith(`--- ${path}\n+++ ${path}\n@@ -2,3 +2,12 @@\n version = 2\n`), shown);
  assert.ok(shown.includes(`\n+BinaryName = "${runtimePath}"\n`), shown);
  assert.ok(shown.endsWith("\nNothing written\n"), shown);
  assert.equal(readFileSync(path, "utf8"), before);

  const done = engine(box, "install", "containerd", "--config", path);
  const outcome = `Wrote ${path}; what it was: ${path}.before-tsrun\nTo do: restart containerd: systemctl restart containerd\n`;
  assert.equal(done, shown.replace("Nothing written\n", outcome));
  const { containerd } = tomlOf(readFileSync(path, "utf8")).plugins["io.containerd.grpc.v1.cri"];
  assert.equal(containerd.runtimes.tsrun.options.BinaryName, runtimePath);

  assert.equal(
    engine(box, "install", "containerd", "--config", path),
    `Nothing to change: ${path} has tsrun\n`,
  );
  assert.match(
    engine(box, "install", "containerd", "--config", path, "--default"),
    /^\+default_runtime_name/m,
  );
});

it("engine uninstall gives back what was, and removes a file that install made", (box) => {
  const path = join(box.directory, "daemon.json");
  writeFileSync(path, '{"default-runtime": "crun"}');
  engine(box, "install", "docker", "--default", "--config", path);
  assert.equal(JSON.parse(readFileSync(path, "utf8"))["default-runtime"], "tsrun");
  const done = engine(box, "uninstall", "docker", "--config", path);
  assert.match(done, /\nWrote .*\nTo do: have dockerd read it: systemctl reload docker\n$/);
  assert.equal(readFileSync(path, "utf8"), '{"default-runtime": "crun"}');
  assert.equal(existsSync(`${path}.before-tsrun`), false);
  assert.equal(
    engine(box, "uninstall", "docker", "--config", path),
    `Nothing to change: ${path} has no tsrun\n`,
  );

  const fresh = join(box.directory, "fresh.conf");
  engine(box, "install", "podman", "--config", fresh);
  assert.match(engine(box, "uninstall", "podman", "--config", fresh), /^\+\+\+ \/dev\/null$.*^Removed /ms);
  assert.equal(existsSync(fresh), false);
});

it("engine finds an ordinary user's own files", (box) => {
  const home = box.folder("home");
  chmodSync(home, 0o777);
  const user = { uid: 12345, gid: 12345, env: { HOME: home } };
  const install = (name: string, env = {}) =>
    box.succeed(["engine", "install", name], { ...user, env: { ...user.env, ...env } }).stdout;
  assert.match(install("docker"), /\nTo do: .*systemctl --user reload docker\n$/);
  assert.match(install("containerd"), /systemctl --user restart containerd\n$/);
  install("podman");
  assert.deepEqual(
    readdirSync(home, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.\w+$/.test(name) && !name.endsWith(".d"))
      .sort(),
    [
      ".config",
      ".config/containerd/config.toml",
      ".config/containers/containers.conf.d/99-tsrun.conf",
      ".config/docker/daemon.json",
    ],
  );
  install("docker", { XDG_CONFIG_HOME: join(home, "elsewhere") });
  assert.ok(existsSync(join(home, "elsewhere/docker/daemon.json")));
  const nowhere = box.fail(["engine", "install", "docker"], { uid: 12345, gid: 12345 });
  assert.match(nowhere, /neither XDG_CONFIG_HOME nor HOME is set/);
});

it("engine edits the containers.conf that has tsrun already", (box) => {
  const home = box.folder("home");
  const folder = box.folder("home/containers");
  chmodSync(home, 0o777);
  chmodSync(folder, 0o777);
  const file = join(folder, "containers.conf");
  writeFileSync(file, `[engine.runtimes]\ntsrun = ["${runtimePath}"]\n`);
  chmodSync(file, 0o666);
  const user = { uid: 12345, gid: 12345, env: { XDG_CONFIG_HOME: home } };
  assert.ok(
    box.succeed(["engine", "install", "podman", "--dry-run"], user).stdout.startsWith(`--- ${file}\n`),
  );
});

it("engine gives Podman's drop-in the list of runtimes that the files before it have", (box) => {
  const home = box.folder("home");
  const folder = box.folder("home/containers/containers.conf.d");
  const list = (file: string, ...names: string[]) =>
    writeFileSync(join(folder, file), `[engine]\nruntime_supports_json = ${JSON.stringify(names)}\n`);
  list("../containers.conf", "main");
  list("10-first.conf", "first");
  list("zz-later.conf", "later");
  for (const each of [home, join(home, "containers"), folder]) chmodSync(each, 0o777);
  const user = { uid: 12345, gid: 12345, env: { XDG_CONFIG_HOME: home } };
  box.succeed(["engine", "install", "podman"], user);
  const { engine: written } = tomlOf(readFileSync(join(folder, "99-tsrun.conf"), "utf8"));
  assert.deepEqual(written.runtime_supports_json, ["first", "tsrun"]);
});

it("engine names the file before Podman's drop-in that is not understood", (box) => {
  const home = box.folder("home");
  const folder = box.folder("home/containers/containers.conf.d");
  const file = join(folder, "10-first.conf");
  writeFileSync(file, "a = \n");
  for (const each of [home, join(home, "containers"), folder]) chmodSync(each, 0o777);
  const user = { uid: 12345, gid: 12345, env: { XDG_CONFIG_HOME: home } };
  const line = box.fail(["engine", "install", "podman"], user);
  assert.ok(line.endsWith(`msg="${file}: line 1: expected a value"`), line);
  assert.deepEqual(readdirSync(folder), ["10-first.conf"]);
});

it("engine refuses what it does not understand with one line, and writes nothing", (box) => {
  const path = join(box.directory, "config");
  const refused = (text: string, name: string) => {
    writeFileSync(path, text);
    const line = box.fail(["engine", "install", name, "--config", path]);
    assert.equal(readFileSync(path, "utf8"), text);
    return line;
  };
  assert.match(refused('{"a": 1,}', "docker"), /config: invalid JSON: line 1, column 9: expected /);
  assert.match(refused("a = \n", "podman"), /config: line 1: expected a value"$/);
  assert.match(
    refused('disabled_plugins = ["cri"]\n', "containerd"),
    /of version 1, tsrun knows 2, 3 and 4; containerd config /,
  );
  const other = '[engine.runtimes]\ntsrun = ["/opt/tsrun"]\n';
  assert.match(
    refused(other, "podman"),
    /means \/opt\/tsrun, not .*; take it out first: tsrun engine uninstall"$/,
  );
  assert.match(
    box.fail(["engine", "remove", "docker"]),
    /no action \\"remove\\"; known: install, uninstall"$/,
  );
  assert.match(
    box.fail(["engine", "install", "lxc"]),
    /no engine \\"lxc\\"; known: containerd, docker, podman"$/,
  );
});

it("engine warns of a containerd whose CRI plugin is turned off", (box) => {
  const path = join(box.directory, "config.toml");
  writeFileSync(path, 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n');
  const { stderr } = box.succeed(["engine", "install", "containerd", "--config", path]);
  assert.match(stderr, /level=warning .*disabled_plugins has the CRI plugin in it/);
});

it("engine install warns that Docker's builder has a setting of its own", (box) => {
  const path = join(box.directory, "daemon.json");
  const install = (...flags: string[]) =>
    box.succeed(["engine", "install", "docker", "--config", path, ...flags]).stderr;
  assert.equal(install(), "");
  assert.match(install("--default"), /level=warning .*DOCKER_BUILDKIT_RUNC_COMMAND=\//);
});
