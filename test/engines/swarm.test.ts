// A Swarm of one node. Ports are published in host mode: Swarm's own load balancing needs IPVS, which kernels may lack.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../helpers/wait.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image, runtimeInDocker } from "./helpers/dockerd.ts";
import { LeftoverWatch } from "./helpers/leftovers.ts";

/** Milliseconds: twenty containers come and go on a machine that has other things to do. */
const LONG = 120_000;

const dockerd = dockerForFile();
const { machine } = dockerd;
const lines = (text: string) => text.split("\n").filter(Boolean);
const docker = (...args: string[]) => lines(dockerd.succeed(args));

/** Says which version it is, and ends when it is told to. */
const server = 'echo "version $VERSION"; trap exit TERM; while :; do sleep 0.1; done';
const webServer = [image, "httpd", "-f", "-p", "80", "-h", "/etc"];
const quick = ["--detach", "--no-resolve-image", "--restart-delay", "100ms"];

const idsOf = (service: string) => docker("ps", "--quiet", "--no-trunc", "--filter", `name=${service}.`);
const replicas = (service: string) =>
  docker("service", "ls", "--filter", `name=${service}`, "--format", "{{.Replicas}}")[0];
const runs = (service: string, count: number) =>
  until(
    `${count} of ${service}`,
    () => replicas(service) === `${count}/${count}` && idsOf(service).length === count,
    LONG,
  );

/** A field of `docker inspect` of every container of a service that runs, each value once. */
const inspectAll = (service: string, field: string) => [
  ...new Set(docker("inspect", "--format", `{{${field}}}`, ...idsOf(service))),
];

let watch: LeftoverWatch;

test("a machine becomes a Swarm of one node", () => {
  dockerd.succeed(["run", "--rm", image, "true"]); // makes what Docker makes once and keeps
  // (Of a network namespace that nobody wants any more, Docker takes away the mount at once and the file every minute.)
  watch = new LeftoverWatch(machine, ["/run/docker/runtime-runc/moby", "/run/tsrun", "/run/runc"]);
  dockerd.succeed(["swarm", "init", "--advertise-addr", "127.0.0.1"]);
  assert.equal(
    dockerd.succeed(["info", "--format", "{{.Swarm.LocalNodeState}} {{.Swarm.Nodes}}"]),
    "active 1",
  );
});

test("a service of 5 replicas runs on the runtime under test", () => {
  dockerd.succeed(["secret", "create", "word", "-"], { input: "swordfish" });
  dockerd.succeed(["config", "create", "settings", "-"], { input: "colour = blue" });
  const flags = [
    "--secret",
    "word",
    "--config",
    "source=settings,target=/etc/settings,mode=0444",
    "--env",
    "VERSION=1",
  ];
  docker(
    "service",
    "create",
    ...quick,
    "--name",
    "web",
    "--replicas",
    "5",
    ...flags,
    "--limit-memory",
    "32m",
    "--limit-pids",
    "20",
    image,
    "sh",
    "-c",
    server,
  );
  runs("web", 5);
  assert.deepEqual(inspectAll("web", ".HostConfig.Runtime"), [runtimeInDocker]);
});

test("secrets and configurations are mounted in each replica", () => {
  const script = "cat /run/secrets/word; echo; cat /etc/settings; echo; stat -f -c %T /run/secrets/word";
  for (const id of idsOf("web")) {
    assert.equal(dockerd.succeed(["exec", id, "sh", "-c", script]), "swordfish\ncolour = blue\ntmpfs");
  }
});

test("a service's limits are those of its replicas' cgroups", () => {
  for (const id of idsOf("web")) {
    assert.equal(
      machine.read(`/sys/fs/cgroup/memory/docker/${id}/memory.limit_in_bytes`).trim(),
      String(32 << 20),
    );
    assert.equal(machine.read(`/sys/fs/cgroup/pids/docker/${id}/pids.max`).trim(), "20");
  }
});

test("a service is scaled to 20 replicas", () => {
  docker("service", "scale", "--detach", "web=20");
  runs("web", 20);
  assert.deepEqual(inspectAll("web", ".HostConfig.Runtime"), [runtimeInDocker]);
});

test("service logs are those of all replicas", () => {
  const said = until("20 lines", () => {
    const found = docker("service", "logs", "--raw", "web");
    return found.length === 20 && found;
  });
  assert.deepEqual([...new Set(said)], ["version 1"]);
});

test("a replica that is killed is replaced", () => {
  const [victim = ""] = idsOf("web");
  dockerd.succeed(["kill", victim]);
  until("another one", () => !idsOf("web").includes(victim) && idsOf("web").length === 20, LONG);
});

test("a service is rolled over, some replicas at a time", () => {
  const before = idsOf("web");
  const pace = ["--update-parallelism", "10", "--update-monitor", "10ms", "--stop-grace-period", "20s"];
  docker("service", "update", "--detach", "--env-add", "VERSION=2", ...pace, "web");
  const state = () => dockerd.succeed(["service", "inspect", "--format", "{{.UpdateStatus.State}}", "web"]);
  until("the update", () => state() === "completed", LONG);
  runs("web", 20);
  assert.deepEqual(
    idsOf("web").filter((id) => before.includes(id)),
    [],
  );
  assert.equal(
    inspectAll("web", "range .Config.Env}}{{.}} {{end").every((env) => env.includes("VERSION=2")),
    true,
  );
});

test("an update that fails is rolled back", () => {
  const before = idsOf("web");
  const pace = [
    "--update-failure-action",
    "rollback",
    "--rollback-monitor",
    "10ms",
    "--rollback-parallelism",
    "20",
    "--update-monitor",
    "5s",
    "--update-parallelism",
    "1",
  ];
  docker("service", "update", "--detach", "--args", "/absent", ...pace, "web");
  const state = () => dockerd.succeed(["service", "inspect", "--format", "{{.UpdateStatus.State}}", "web"]);
  until("the way back", () => state() === "rollback_completed", LONG);
  runs("web", 20);
  assert.equal(idsOf("web").filter((id) => before.includes(id)).length, 19);
  const errors = docker("service", "ps", "--no-trunc", "--format", "{{.Error}}", "web");
  assert.match(errors.join("\n"), /\/absent.*no such file or directory/);
});

const setAvailability = (to: string) => docker("node", "update", "--availability", to, "engines");

test("a node that is drained runs nothing, and everything once it is active again", () => {
  setAvailability("drain");
  until("nothing runs", () => docker("ps", "--quiet").length === 0, LONG);
  setAvailability("active");
  runs("web", 20);
});

test("a task that cannot be started, or fails, says why", () => {
  const create = ["service", "create", ...quick, "--restart-condition", "none"];
  docker(...create, "--name", "absent", image, "/absent");
  docker(...create, "--name", "failing", image, "sh", "-c", "exit 3");
  const errorOf = (service: string) =>
    until(
      `${service}'s error`,
      () => docker("service", "ps", "--no-trunc", "--format", "{{.Error}}", service)[0],
    );
  assert.match(errorOf("absent"), /\/absent.*no such file or directory/);
  assert.match(errorOf("failing"), /task: non-zero exit \(3\)/);
  docker("service", "rm", "absent", "failing");
});

const page = (address: string) =>
  machine.run(["busybox", "timeout", "2", "wget", "-q", "-O", "-", address]).stdout;

test("a port is published in host mode", () => {
  const port = ["--publish", "mode=host,published=8080,target=80"];
  docker("service", "create", ...quick, "--name", "port", ...port, ...webServer);
  until("the server answers", () => page("http://127.0.0.1:8080/group").includes("guest"));
  docker("service", "rm", "port");
});

test("services of an overlay network find each other by name", () => {
  docker("network", "create", "--driver", "overlay", "--attachable", "mesh");
  const flags = ["--endpoint-mode", "dnsrr", "--network", "mesh"];
  docker("service", "create", ...quick, "--name", "named", ...flags, ...webServer);
  runs("named", 1);
  const get = "until timeout 2 wget -q -O - http://named/group; do sleep 0.1; done";
  assert.match(
    dockerd.succeed(["run", "--rm", "--network", "mesh", image, "timeout", "30", "sh", "-c", get]),
    /guest/,
  );
  docker("service", "rm", "named");
  until("the network is removed", () => dockerd.docker(["network", "rm", "mesh"]).status === 0);
});

test("stack deploy makes what a file describes, and stack rm removes it", () => {
  const file = `version: "3.8"
services:
  one: {image: ${image}, command: [sleep, "1000"], deploy: {replicas: 2}, volumes: [data:/data]}
volumes: {data: {}}
networks: {default: {driver: bridge, name: bridge, external: true}}
`;
  machine.write("/root/stack.yml", file);
  docker("stack", "deploy", "--resolve-image", "never", "--compose-file", "/root/stack.yml", "pile");
  runs("pile_one", 2);
  const [id = ""] = idsOf("pile_one");
  dockerd.succeed(["exec", id, "touch", "/data/seen"]);
  assert.match(dockerd.succeed(["volume", "ls", "--quiet"]), /^pile_data$/m);
  docker("stack", "rm", "pile");
  until(
    "the stack is gone",
    () => docker("ps", "--all", "--quiet", "--filter", "name=pile_one").length === 0,
    LONG,
  );
  until("its volume is free", () => dockerd.docker(["volume", "rm", "pile_data"]).status === 0);
});

test("a service that is removed and a Swarm that is left leave nothing", () => {
  docker("service", "rm", "web");
  until("no containers", () => docker("ps", "--all", "--quiet").length === 0, LONG);
  dockerd.succeed(["swarm", "leave", "--force"]);
  dockerd.succeed(["network", "prune", "--force"]);
  watch.check();
});
