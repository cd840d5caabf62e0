// The life of containers: restarts, health, events, names, and files that go in and out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../helpers/wait.ts";
import { Container, forever, offline } from "./helpers/docker-container.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image } from "./helpers/dockerd.ts";

const dockerd = dockerForFile();
const { machine } = dockerd;

test("--restart on-failure starts a program that fails again, as often as it may", () => {
  const options = [...offline, "--restart", "on-failure:2"];
  using container = new Container(dockerd, [...options, image, "sh", "-c", "echo tried; exit 4"]);
  until("the end of trying", () => container.inspect(".RestartCount", ".State.Status") === "2 exited");
  assert.equal(dockerd.succeed(["logs", container.id]), "tried\ntried\ntried");
  assert.equal(container.inspect(".State.ExitCode"), "4");
});

test("--restart on-failure leaves a program that succeeds", () => {
  const options = [...offline, "--restart", "on-failure:5"];
  using container = new Container(dockerd, [
    ...options,
    image,
    "sh",
    "-c",
    "test -e /x || { touch /x; exit 1; }",
  ]);
  until(
    "its end",
    () => container.inspect(".State.Status", ".State.ExitCode", ".RestartCount") === "exited 0 1",
  );
});

test("--restart always starts what was killed, on the same writable layer", () => {
  const script = "echo started >>/starts; echo life $(wc -l </starts); exec sleep 1000";
  using container = new Container(dockerd, [...offline, "--restart", "always", image, "sh", "-c", script]);
  container.says("life 1");
  const pid = container.inspect(".State.Pid");
  machine.succeed(["kill", "-KILL", pid]);
  container.says("life 2");
  until("its state", () => container.inspect(".RestartCount", ".State.Running") === "1 true");
  assert.notEqual(container.inspect(".State.Pid"), pid);
  dockerd.succeed(["stop", "--time", "0", container.id]);
  assert.equal(container.inspect(".State.Status"), "exited");
});

test("restart gives a container a new process in new namespaces", () => {
  using container = Container.idle(dockerd);
  const before = container.inspect(".State.Pid");
  container.exec("touch", "/tmp/kept");
  dockerd.succeed(["restart", "--time", "0", container.id]);
  assert.notEqual(container.inspect(".State.Pid"), before);
  assert.equal(container.exec("ls", "/tmp"), "kept");
});

test("a health check makes a container healthy, and unhealthy", () => {
  const check = ["--health-cmd", "cat /tmp/well", "--health-interval", "100ms", "--health-retries", "2"];
  using container = Container.idle(dockerd, check);
  const health = (status: string) =>
    until(status, () => container.inspect(".State.Health.Status") === status);
  health("unhealthy");
  container.exec("sh", "-c", "echo all is well >/tmp/well");
  health("healthy");
  assert.match(container.inspect("json .State.Health.Log"), /"ExitCode":0,"Output":"all is well\\n"/);
  container.exec("rm", "/tmp/well");
  health("unhealthy");
  assert.match(container.inspect("json .State.Health.Log"), /"ExitCode":1,"Output":"cat: can't open/);
});

test("events tell a container's life in order", () => {
  const container = Container.idle(dockerd);
  container.exec("true");
  dockerd.succeed(["pause", container.id]);
  dockerd.succeed(["unpause", container.id]);
  dockerd.succeed(["kill", container.id]);
  container[Symbol.dispose]();
  const query = ["--filter", "type=container", "--filter", `container=${container.id}`];
  const format = ["--format", "{{.Action}} {{.Actor.Attributes.exitCode}}"];
  // Of whole seconds that are over.
  const events = () => dockerd.succeed(["events", "--since", "10m", "--until", "0s", ...query, ...format]);
  const all = until("the last event", () => /^.*destroy/s.exec(events())?.[0]);
  const actions = all
    .split("\n")
    .map((line) => line.replace(/:.*| <no value>/, "").replace(/^exec_.*/, "exec"));
  const expected = [
    "create",
    "start",
    "exec",
    "exec",
    "exec",
    "pause",
    "unpause",
    "kill",
    "die 137",
    "destroy",
  ];
  assert.deepEqual(actions, expected);
});

test("rename changes a container's name and leaves it running", () => {
  using container = Container.idle(dockerd, ["--name", "before"]);
  dockerd.succeed(["rename", "before", "after"]);
  assert.equal(dockerd.succeed(["exec", "after", "echo", "here"]), "here");
  assert.equal(container.inspect(".Name"), "/after");
  assert.notEqual(dockerd.docker(["inspect", "before"]).status, 0);
});

test("a name that is taken is refused", () => {
  using _container = Container.idle(dockerd, ["--name", "taken"]);
  const { status, stderr } = dockerd.docker(["run", "--name", "taken", image, "true"]);
  assert.equal(status, 125);
  assert.match(stderr, /The container name "\/taken" is already in use/);
});

test("cp copies into a container that runs and out of one that has ended, with owner and mode", () => {
  machine.write("/root/files/inner/script", "#!/bin/sh\necho copied\n", 0o755);
  using container = Container.idle(dockerd);
  dockerd.succeed(["cp", "/root/files/inner", `${container.id}:/srv`]);
  assert.equal(container.exec("/srv/script"), "copied");
  container.exec("sh", "-c", "echo result >/srv/result && chmod 600 /srv/result && ln -s result /srv/link");
  dockerd.succeed(["kill", container.id]);
  dockerd.succeed(["cp", `${container.id}:/srv`, "/root/out"]);
  assert.equal(
    machine.succeed(["sh", "-c", "cd /root/out; cat link; readlink link; stat -c %a result"]),
    "result\nresult\n600\n",
  );
  assert.equal(
    machine.succeed(["sh", "-c", `docker cp ${container.id}:/srv/result - | tar -xO`]),
    "result\n",
  );
});

test("cp reaches what is mounted in a container that runs", () => {
  using container = Container.idle(dockerd, ["--volume", "/data"]);
  container.exec("sh", "-c", "echo of the volume >/data/file");
  assert.equal(
    machine.succeed(["sh", "-c", `docker cp ${container.id}:/data/file - | tar -xO`]),
    "of the volume\n",
  );
});

test("rm refuses a container that runs without --force", () => {
  using container = Container.idle(dockerd);
  const { status, stderr } = dockerd.docker(["rm", container.id]);
  assert.equal(status, 1);
  assert.match(stderr, /You cannot remove a running container/);
});

test("ten containers start, run and end at the same time", async () => {
  const run = ["docker", "run", "--rm", ...offline, image, "sh", "-c"];
  const children = Array.from({ length: 10 }, (_, index) =>
    machine.spawn([...run, `echo ${index}; exit ${index}`]),
  );
  const statuses = await Promise.all(
    children.map((child) => new Promise((done) => child.once("close", done))),
  );
  assert.deepEqual(statuses, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("prune removes containers that have ended and leaves the others", () => {
  using running = Container.idle(dockerd);
  const ended = dockerd.succeed(["create", ...offline, image, ...forever]);
  dockerd.succeed(["container", "prune", "--force"]);
  assert.notEqual(dockerd.docker(["inspect", ended]).status, 0);
  assert.equal(running.exec("echo", "here"), "here");
});
