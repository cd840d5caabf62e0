// Images that go through a registry: Debian's docker-registry, on the machine's loopback.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../helpers/wait.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image, runtimeInDocker } from "./helpers/dockerd.ts";

const address = "127.0.0.1:5000";
const dockerd = dockerForFile();
const { machine } = dockerd;
machine.write(
  "/root/registry.yml",
  `version: 0.1
storage: {filesystem: {rootdirectory: /var/lib/docker-registry}}
http: {addr: "${address}"}
`,
);
const registry = machine.start(["docker-registry", "serve", "/root/registry.yml"]);
until("the registry", () => registry.log.includes("listening on"));

/** Builds an image on `from` that has one more layer, with one file. */
function build(name: string, from: string, file: string): void {
  const steps = [`FROM ${from}`, `RUN echo content of ${file} >/${file}`];
  dockerd.succeed(["build", "--quiet", "--tag", name, "-"], { input: steps.join("\n") });
}

/** The digests of an image's layers, the first one first. */
const layersOf = (name: string): string[] => JSON.parse(dockerd.inspect(name, "json .RootFS.Layers"));

const blobs = () =>
  machine
    .succeed(["find", "/var/lib/docker-registry/docker/registry/v2/blobs", "-name", "data"])
    .split("\n")
    .filter(Boolean);

const base = `${address}/base:1`;
const derived = `${address}/derived:1`;

test("push sends an image that RUN has made in a container", () => {
  build(base, image, "base");
  assert.match(dockerd.succeed(["push", base]), /digest: sha256:[0-9a-f]{64}/);
  assert.equal(blobs().length, 4, "two layers, a configuration, a manifest");
});

test("push sends no layer that the registry has", () => {
  build(derived, base, "derived");
  const before = blobs().length;
  assert.match(dockerd.succeed(["push", derived]), /(Mounted from base|Layer already exists)/);
  assert.equal(blobs().length - before, 3, "one layer, a configuration, a manifest");
});

test("pull brings the image back, and its container has all layers", () => {
  dockerd.succeed(["rmi", derived, base]);
  const pulled = dockerd.succeed(["pull", derived]);
  assert.match(pulled, /Downloaded newer image/);
  assert.equal(pulled.match(/Already exists/g)?.length, 1, "the layer of the image that was imported");
  const output = dockerd.succeed(["run", "--name", "pulled", derived, "cat", "/base", "/derived"]);
  assert.equal(output, "content of base\ncontent of derived");
  assert.equal(dockerd.inspect("pulled", ".HostConfig.Runtime"), runtimeInDocker);
  dockerd.succeed(["rm", "pulled"]);
});

test("pull shares the layers that are there", () => {
  assert.match(dockerd.succeed(["pull", base]), /^(?!.*Pull complete)/s);
  assert.deepEqual(layersOf(derived).slice(0, 2), layersOf(base));
});

test("run pulls what is not there, by its digest too", () => {
  const byDigest = dockerd.inspect(derived, "index .RepoDigests 0");
  assert.match(byDigest, /^127\.0\.0\.1:5000\/derived@sha256:/);
  dockerd.succeed(["rmi", derived, base]);
  const { status, stdout, stderr } = dockerd.docker(["run", "--rm", byDigest, "cat", "/derived"]);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /Unable to find image .*Digest: sha256:/s);
  assert.equal(stdout, "content of derived\n");
  dockerd.succeed(["rmi", byDigest]);
});

test("commit of a container is pushed, pulled and run", () => {
  const name = `${address}/committed:1`;
  dockerd.succeed(["run", "--name", "author", image, "sh", "-c", "rm /etc/group; echo new >/etc/new"]);
  dockerd.succeed(["commit", "--change", 'CMD ["cat", "/etc/new"]', "author", name]);
  dockerd.succeed(["push", name]);
  dockerd.succeed(["rm", "author"]);
  dockerd.succeed(["rmi", name]);
  assert.equal(dockerd.succeed(["run", "--rm", name]).split("\n").at(-1), "new");
  assert.equal(dockerd.succeed(["run", "--rm", name, "ls", "/etc"]).includes("group"), false);
  dockerd.succeed(["rmi", name]);
});

test("run says that the registry has no such image", () => {
  const { status, stderr } = dockerd.docker(["run", "--rm", `${address}/absent:1`]);
  assert.equal(status, 125);
  assert.match(stderr, /manifest for 127\.0\.0\.1:5000\/absent:1 not found/);
});
