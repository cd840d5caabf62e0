// Podman of an ordinary user, who has no cgroup of their own: what runs then, and what Podman refuses by itself.
import assert from "node:assert/strict";
import { image, showSize } from "./helpers/podman.ts";
import { PodmanTests } from "./helpers/podman-tests.ts";

const tests = new PodmanTests({ userName: "sam" });
const { podman, machine } = tests;
const uid = machine.succeed(["id", "--user", "sam"]).trim();

/** Starts a container that goes on until it is stopped. */
const start = (name: string, ...flags: readonly string[]) =>
  podman.succeed(["run", "--detach", "--name", name, ...flags, image, "sleep", "1000"]);

const remove = (name: string) => podman.succeed(["rm", "--force", "--time=0", name]);

tests.it(
  "rootless: podman run is root of a user namespace with the user's ids, and in the user's cgroup",
  () => {
    assert.equal(
      podman.succeed(["info", "--format", "{{.Host.Security.Rootless}} {{.Host.CgroupManager}}"]),
      "true cgroupfs",
    );
    assert.equal(podman.sh("id -u; id -g"), "0\n0");
    const [own = "", others = ""] = podman.sh("cat /proc/self/uid_map").split("\n");
    assert.deepEqual(own.trim().split(/ +/), ["0", uid, "1"]);
    assert.match(others, /^ *1 +\d+ +65536$/);
    for (const line of podman.sh("cat /proc/self/cgroup").split("\n")) assert.match(line, /:\/$/);
  },
);

tests.it("rootless: podman run passes output, input and exit status on", async () => {
  const args = ["run", "--rm", "--interactive", image, "sh", "-c", "cat; echo error >&2; exit 7"];
  const { status, stdout, stderr } = podman.podman(args, { input: "typed\n" });
  assert.deepEqual([status, stdout, stderr], [7, "typed\n", "error\n"]);
  const shown = await podman.onTerminal(["run", "--rm", "-it", image, "sh", "-c", `${showSize}; exit 5`]);
  assert.match(shown.text, /33 99/);
  assert.equal(shown.status, 5);
});

tests.it("rootless: podman says by its exit status which program cannot be run", () => {
  assert.match(
    podman.fail(["run", "--rm", image, "no-such-program"], 127),
    /executable file not found in \$PATH/,
  );
  assert.match(podman.fail(["run", "--rm", image, "/etc/passwd"], 126), /permission denied/);
  start("errors");
  assert.match(
    podman.fail(["exec", "errors", "no-such-program"], 127),
    /executable file not found in \$PATH/,
  );
  podman.fail(["exec", "errors", "sh", "-c", "exit 9"], 9);
  remove("errors");
});

tests.it("rootless: exec, top, logs, cp, stop and wait reach a running container", async () => {
  const script = "trap 'exit 3' TERM; echo ready; sleep 1000 & wait";
  podman.succeed(["run", "-d", "--name=reached", "--stop-signal=TERM", image, "sh", "-c", script]);
  podman.waitForLog("reached", /ready/);
  assert.equal(
    podman.succeed(["exec", "--user=guest", "--workdir=/tmp", "reached", "sh", "-c", "id -u; pwd"]),
    "1000\n/tmp",
  );
  assert.match((await podman.onTerminal(["exec", "-it", "reached", "sh", "-c", showSize])).text, /33 99/);
  assert.match(podman.succeed(["top", "reached", "huser,args"]), /\n(1000|guest) +sh -c/);
  podman.succeed(["cp", "/etc/hostname", "reached:/tmp/copied"]);
  assert.equal(
    podman.succeed(["exec", "reached", "cat", "/tmp/copied"]),
    machine.read("/etc/hostname").trimEnd(),
  );
  podman.succeed(["stop", "reached"]);
  assert.equal(podman.succeed(["wait", "reached"]), "3");
  remove("reached");
});

tests.it("rootless: --userns=keep-id has the user's own id in the container", () => {
  assert.equal(podman.sh("id -u", "--userns=keep-id"), uid);
  podman.inMachine(["mkdir", "shared"]);
  podman.sh("touch /shared/file", "--userns=keep-id", "--volume=./shared:/shared");
  assert.equal(podman.inMachine(["stat", "--format=%U", "shared/file"]).stdout, "sam\n");
});

tests.it("rootless: --uidmap nests a further user namespace", () => {
  const maps = ["--uidmap", "0:1:1000", "--gidmap", "0:1:1000"];
  assert.match(podman.sh("cat /proc/self/uid_map", ...maps), /^ *0 +1 +1000$/);
});

tests.it("rootless: bind mounts, volumes, tmpfs and a read-only root are the user's", () => {
  podman.inMachine(["sh", "-c", "mkdir -p mine && echo of the user >mine/file"]);
  assert.equal(
    podman.sh("cat /mine/file; stat -c %u /mine/file", "--volume=./mine:/mine:ro"),
    "of the user\n0",
  );
  assert.equal(podman.sh("echo x >/mine/file; cat /mine/file", "--volume=./mine:/mine:O"), "x");
  podman.sh("echo kept >/v/file", "--volume=kept:/v", "--user=guest", "--userns=keep-id");
  assert.equal(podman.sh("cat /v/file", "--volume=kept:/v", "--read-only", "--tmpfs=/scratch"), "kept");
  podman.succeed(["volume", "rm", "kept"]);
});

tests.it("rootless: capabilities, seccomp and new privileges", () => {
  const status = (...flags: readonly string[]) =>
    podman.sh("grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status", ...flags).replaceAll(/\s+/g, " ");
  assert.equal(
    status("--cap-drop=all", "--security-opt=no-new-privileges"),
    "CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2",
  );
  assert.equal(podman.sh("mount -t tmpfs none /tmp && echo mounted", "--privileged"), "mounted");
});

tests.it("rootless: a published port is reached from the machine", () => {
  const script = "echo published >/tmp/index.html; exec httpd -f -p 80 -h /tmp";
  podman.succeed(["run", "-d", "--name=site", "--publish=8090:80", image, "sh", "-c", script]);
  assert.equal(podman.get("http://127.0.0.1:8090/"), "published\n");
  remove("site");
});

tests.it("rootless: --network=host and none", () => {
  assert.equal(
    podman.sh("readlink /proc/self/ns/net", "--network=host"),
    machine.succeed(["readlink", "/proc/self/ns/net"]).trim(),
  );
  assert.match(podman.sh("ip -o link", "--network=none"), /^1: lo:[^\n]*UP[^\n]*$/);
});

tests.it("rootless: containers of one network find each other by name", () => {
  podman.succeed(["network", "create", "named"]);
  const script = "echo by name >/tmp/index.html; exec httpd -f -p 80 -h /tmp";
  podman.succeed(["run", "-d", "--name=server", "--network=named", image, "sh", "-c", script]);
  podman.sh("until wget -q -O- http://server/ | grep -q 'by name'; do sleep 0.1; done", "--network=named");
  remove("server");
  podman.succeed(["network", "rm", "named"]);
});

tests.it("rootless: a pod shares namespaces", () => {
  podman.succeed(["pod", "create", "--name=shared", "--share=net,pid"]);
  podman.succeed(["run", "-d", "--pod=shared", image, "sleep", "1234"]);
  assert.match(podman.sh("ps -o args", "--pod=shared"), /sleep 1234/);
  podman.succeed(["pod", "stop", "--time=0", "shared"]);
  podman.succeed(["pod", "start", "shared"]);
  podman.succeed(["pod", "rm", "--force", "--time=0", "shared"]);
});

tests.it("rootless: podman build runs its steps", () => {
  podman.build("localhost/built", `FROM ${image}\nRUN id -u >/who\nUSER guest\nRUN id -u >/tmp/who\n`);
  assert.equal(podman.succeed(["run", "--rm", "localhost/built", "cat", "/who", "/tmp/who"]), "0\n1000");
  podman.succeed(["rmi", "localhost/built"]);
});

tests.it("rootless: buildah --isolation=rootless runs its steps by the runtime", () => {
  machine.write("/var/tmp/build/Containerfile", `FROM ${image}\nRUN id -u >/who\n`);
  const flags = ["--isolation=rootless", "--runtime", machine.runtime, "--tag=localhost/built"];
  const { status, stderr } = podman.inMachine(["buildah", "build", ...flags, "/var/tmp/build"]);
  assert.equal(status, 0, stderr);
  assert.equal(podman.succeed(["run", "--rm", "localhost/built", "cat", "/who"]), "0");
  podman.succeed(["rmi", "localhost/built"]);
});

tests.it("rootless: without a cgroup there are no limits, no pause and no statistics, says Podman", () => {
  assert.match(
    podman.podman(["run", "--rm", "--memory=64m", image, "true"]).stderr,
    /Resource limits are not supported/,
  );
  start("plain");
  assert.match(podman.fail(["pause", "plain"], 125), /cgroup/i);
  assert.match(podman.fail(["stats", "--no-stream", "plain"], 125), /cgroup/i);
  remove("plain");
});

tests.it("rootless: a health check runs", () => {
  start("well", "--health-cmd=test -d /tmp", "--health-interval=disable");
  podman.succeed(["healthcheck", "run", "well"]);
  assert.equal(podman.inspect("well", ".State.Health.Status"), "healthy");
  remove("well");
});
