// `tsrun engine install` and `uninstall`, by what the engines themselves make of the files: Debian's own, and none.
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { parse } from "yaml";
import { knownGap } from "../helpers/gaps.ts";
import { readmeSetups } from "../helpers/readme-setup.ts";
import { runtimePath } from "../helpers/runtime.ts";
import { tomlOf } from "../helpers/toml.ts";
import { until } from "../helpers/wait.ts";
import type { Daemon } from "./machine/daemon.ts";
import { EngineMachine } from "./machine/machine.ts";
import { type Suite, suites } from "./machine/tree.ts";

const tsrun = "/usr/local/bin/tsrun";

/** A test with one machine for each release, which is made for the first test that runs. */
function onEach(
  name: string,
  body: (machine: EngineMachine) => void | Promise<void>,
  skip: string | false = knownGap(name) ?? false,
): void {
  for (const suite of suites) test(`${name} (${suite})`, { skip }, () => body(machineOf(suite)));
}

const machines = new Map<Suite, EngineMachine>();
after(() => Promise.all([...machines.values()].map((machine) => machine.close())));

function machineOf(suite: Suite): EngineMachine {
  const known = machines.get(suite);
  if (known !== undefined) return known;
  const machine = new EngineMachine(suite);
  machines.set(suite, machine);
  copyFileSync(runtimePath, join(machine.root, tsrun));
  return machine;
}

const engine = (machine: EngineMachine, ...args: string[]) =>
  machine.succeed([tsrun, "engine", ...args], { env: { HOME: "/root" } });

const config = "/etc/containerd/config.toml";

/** What containerd knows of runtimes by its configuration. */
function runtimesOf(machine: EngineMachine) {
  const { plugins } = tomlOf(machine.succeed(["containerd", "config", "dump"]));
  const { containerd } = plugins["io.containerd.cri.v1.runtime"] ?? plugins["io.containerd.grpc.v1.cri"];
  const names = Object.keys(containerd.runtimes).sort();
  const { tsrun: own, runc } = containerd.runtimes;
  return { default: containerd.default_runtime_name, names, runc: runc?.runtime_type, own };
}

const before = { default: "runc", names: ["runc"], runc: "io.containerd.runc.v2", own: undefined };

/** Installs, and takes out again, for one configuration that containerd is given. */
function thereAndBack(machine: EngineMachine, text: string | undefined): void {
  machine.succeed(["rm", "-rf", config]);
  if (text !== undefined) {
    machine.write(config, text);
    assert.deepEqual(runtimesOf(machine), before);
  }
  engine(machine, "install", "containerd", "--default");
  const { own, ...others } = runtimesOf(machine);
  assert.deepEqual(others, {
    default: "tsrun",
    names: ["runc", "tsrun"],
    runc: "io.containerd.runc.v2",
  });
  assert.deepEqual([own.runtime_type, own.options.BinaryName], ["io.containerd.runc.v2", tsrun]);
  engine(machine, "uninstall", "containerd");
  assert.equal(machine.read(config), text ?? "");
}

onEach("engine install adds a runtime to containerd's, whatever its file is", (machine) => {
  const stock = machine.read(config);
  assert.match(stock, /^version = 2/);
  thereAndBack(machine, stock);
  thereAndBack(machine, undefined);
  if (machine.suite === "forky") thereAndBack(machine, "version = 3\n");
  thereAndBack(machine, machine.succeed(["containerd", "config", "default"]));
  thereAndBack(machine, machine.succeed(["containerd", "config", "default"]).replaceAll("\n", "\r\n"));
  machine.write(config, stock);
});

onEach("engine install keeps containerd's CRI plugin going", async (machine) => {
  engine(machine, "install", "containerd");
  const daemon = machine.start(["containerd"]);
  until("containerd's start", () => {
    assert.equal(daemon.hasEnded, false, daemon.log);
    return daemon.log.includes("successfully booted");
  });
  const plugins = machine.succeed(["ctr", "plugins", "ls"]).split("\n");
  const cri = plugins.filter((line) => /^io\.containerd\.(grpc|cri)\.v1 +(cri|runtime) /.test(line));
  assert.ok(cri.length > 0 && cri.every((line) => / ok *$/.test(line)), `${cri.join("\n")}\n${daemon.log}`);
  await daemon.stop();
  engine(machine, "uninstall", "containerd");
});

const dockerInfo = (machine: EngineMachine) => {
  const text = machine.succeed(["docker", "info", "--format", "{{json .}}"]);
  const { Runtimes: runtimes, DefaultRuntime: name } = JSON.parse(text);
  return { default: name, path: runtimes["tsrun"]?.path };
};

onEach("engine install adds a runtime to a running dockerd's, which reads it on SIGHUP", async (machine) => {
  const daemon = machine.start(["dockerd"]);
  const reloaded = (expected: ReturnType<typeof dockerInfo>) => {
    machine.succeed(["kill", "-HUP", String(daemon.pid)]);
    until("Docker's new configuration", () => sameInfo(machine, expected));
  };
  until("Docker's socket", () => daemonListens(daemon));
  assert.deepEqual(dockerInfo(machine), { default: "runc", path: undefined });
  engine(machine, "install", "docker");
  reloaded({ default: "runc", path: tsrun });
  engine(machine, "install", "docker", "--default");
  reloaded({ default: "tsrun", path: tsrun });
  engine(machine, "uninstall", "docker");
  assert.equal(machine.run(["test", "-e", "/etc/docker/daemon.json"]).status, 1);
  await daemon.stop();
});

function daemonListens(daemon: Daemon): boolean {
  assert.equal(daemon.hasEnded, false, daemon.log);
  return daemon.log.includes("API listen on");
}

function sameInfo(machine: EngineMachine, expected: ReturnType<typeof dockerInfo>): boolean {
  return JSON.stringify(dockerInfo(machine)) === JSON.stringify(expected);
}

const podmanRuntime = (machine: EngineMachine, ...flags: string[]) =>
  machine
    .succeed(["podman", ...flags, "info", "--format", "{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}}"])
    .trim();

onEach("engine install gives Podman a runtime, by a drop-in or in containers.conf", (machine) => {
  const usual = podmanRuntime(machine);
  engine(machine, "install", "podman");
  assert.equal(podmanRuntime(machine), usual);
  assert.equal(podmanRuntime(machine, "--runtime", "tsrun"), `tsrun ${tsrun}`);
  engine(machine, "install", "podman", "--default");
  assert.equal(podmanRuntime(machine), `tsrun ${tsrun}`);
  engine(machine, "uninstall", "podman");
  assert.equal(podmanRuntime(machine), usual);

  const file = "/etc/containers/containers.conf";
  const stock = machine.read("/usr/share/containers/containers.conf");
  machine.write(file, stock);
  engine(machine, "install", "podman", "--default", "--config", file);
  assert.equal(podmanRuntime(machine), `tsrun ${tsrun}`);
  engine(machine, "uninstall", "podman");
  assert.equal(machine.read(file), stock);
  assert.equal(podmanRuntime(machine), usual);
  machine.succeed(["rm", file]);
});

/** What the README's DaemonSet does on a node, with a `systemctl` that notes its arguments and ends with `status`. */
function runInstaller(machine: EngineMachine, status: number) {
  const { initContainers } = parse(readmeSetups.get("daemonset") ?? "").spec.template.spec;
  const noted = "/run/systemctl-calls";
  machine.write("/usr/local/sbin/systemctl", `#!/bin/sh\necho "$@" >>${noted}\nexit ${status}\n`, 0o755);
  machine.succeed(["rm", "-f", noted]);
  const ended = machine.run(initContainers[0].command);
  machine.succeed(["rm", "/usr/local/sbin/systemctl"]);
  return { status: ended.status, said: ended.stdout + ended.stderr, calls: machine.read(noted) };
}

const ofDaemonSet = "engine install is what the README's DaemonSet does on a node";
onEach(
  ofDaemonSet,
  (machine) => {
    const stock = machine.read(config);
    copyFileSync(join(machine.root, tsrun), join(machine.root, "tsrun"));
    machine.succeed(["ln", "-s", "/usr/local/bin", "/host-bin"]);
    machine.succeed(["rm", tsrun]);

    const failed = runInstaller(machine, 1);
    assert.deepEqual(
      [failed.status, failed.calls],
      [1, "restart containerd\nrestart containerd\n"],
      failed.said,
    );
    assert.equal(machine.read(config), stock);

    const first = runInstaller(machine, 0);
    assert.deepEqual([first.status, first.calls], [0, "restart containerd\n"], first.said);
    assert.deepEqual(runtimesOf(machine).names, ["runc", "tsrun"]);
    const again = runInstaller(machine, 0);
    assert.deepEqual([again.status, again.calls], [0, ""], again.said);
    assert.match(again.said, /^Nothing to change: /m);
    engine(machine, "uninstall", "containerd");
    assert.equal(machine.read(config), stock);
  },
  knownGap(ofDaemonSet),
);
