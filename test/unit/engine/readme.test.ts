// What README.md tells to write is what `tsrun engine install` writes, and its manifests belong together.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { parse, parseDocument } from "yaml";
import { containerd } from "../../../src/engine/containerd.ts";
import { docker } from "../../../src/engine/docker.ts";
import { jsonRuntimes, podman } from "../../../src/engine/podman.ts";
import type { Setup } from "../../../src/engine/setup.ts";
import { readmeSetups } from "../../helpers/readme-setup.ts";
import { tomlOf } from "../../helpers/toml.ts";

const wish = { program: "/usr/local/bin/tsrun", asDefault: false };

function setup(name: string): string {
  const text = readmeSetups.get(name);
  assert.ok(text !== undefined, `README.md has no block <!-- setup: ${name} -->`);
  return text;
}

/** Blocks with what install makes them of. */
const written: Readonly<Record<string, readonly [setup: Setup, before: string | undefined]>> = {
  containerd: [containerd, undefined],
  "containerd-3": [containerd, "version = 3\n"],
  docker: [docker, undefined],
  podman: [podman(jsonRuntimes([])), undefined],
};

for (const [name, [engine, before]] of Object.entries(written)) {
  test(`README.md has for ${name} what engine install writes`, () => {
    const read = name === "docker" ? JSON.parse : tomlOf;
    assert.deepEqual(read(setup(name)), read(engine.install(before, wish)));
    assert.equal(engine.install(setup(name), wish), setup(name));
  });
}

test("README.md has lines for CRI-O that are TOML", () => {
  assert.equal(tomlOf(setup("crio")).crio.runtime.runtimes.tsrun.runtime_path, wish.program);
});

for (const name of ["daemonset", "runtimeclass", "pod"]) {
  test(`README.md has a ${name} without a fault in its YAML`, () => {
    const { errors, warnings } = parseDocument(setup(name), { strict: true, uniqueKeys: true });
    assert.deepEqual([...errors, ...warnings], []);
  });
}

test("README.md has a RuntimeClass that names the runtime as containerd has it, and a pod that names the class", () => {
  const runtimeClass = parse(setup("runtimeclass"));
  const { containerd: cri } = tomlOf(setup("containerd")).plugins["io.containerd.grpc.v1.cri"];
  assert.equal(`${runtimeClass.apiVersion} ${runtimeClass.kind}`, "node.k8s.io/v1 RuntimeClass");
  assert.ok(Object.keys(cri.runtimes).includes(runtimeClass.handler));
  assert.equal(parse(setup("pod")).spec.runtimeClassName, runtimeClass.metadata.name);
  const { nodeSelector } = parse(setup("daemonset")).spec.template.spec;
  assert.deepEqual({ ...nodeSelector, ...runtimeClass.scheduling.nodeSelector }, nodeSelector);
});

test("README.md has a DaemonSet whose parts fit", () => {
  const { apiVersion, kind, spec } = parse(setup("daemonset"));
  assert.equal(`${apiVersion} ${kind}`, "apps/v1 DaemonSet");
  assert.deepEqual(spec.template.metadata.labels, spec.selector.matchLabels);
  const { hostPID, initContainers, volumes } = spec.template.spec;
  const [install] = initContainers;
  assert.deepEqual([hostPID, install.securityContext.privileged], [true, true]);
  const mounted = install.volumeMounts.map(({ name }: { name: string }) => name);
  assert.deepEqual(
    mounted,
    volumes.map(({ name }: { name: string }) => name),
  );
  assert.equal(`${volumes[0].hostPath.path}/tsrun`, wish.program);
  const [shell, flag, script] = install.command;
  assert.deepEqual([shell, flag], ["/bin/sh", "-c"]);
  const { status, stderr } = spawnSync("sh", ["-n", "-c", script], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.ok(script.includes(`host ${wish.program} engine install containerd`));
});
