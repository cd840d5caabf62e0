// The life of Podman's containers: run, exec, logs, exit statuses, signals, health checks, statistics.
import assert from "node:assert/strict";
import { basename } from "node:path";
import { until } from "../helpers/wait.ts";
import { image, showSize } from "./helpers/podman.ts";
import { PodmanTests } from "./helpers/podman-tests.ts";

const tests = new PodmanTests();
const { podman, machine } = tests;
const runtime = basename(machine.runtime);

/** Starts a container that goes on until it is stopped. */
function start(name: string, ...flags: readonly string[]): void {
  podman.succeed(["run", "--detach", "--name", name, ...flags, image, "sleep", "1000"]);
}

const remove = (name: string) => podman.succeed(["rm", "--force", "--time=0", name]);

tests.it("Podman takes the runtime by the lines of containers.conf", () => {
  const [name, path, version = ""] = podman
    .succeed([
      "info",
      "--format",
      "{{.Host.OCIRuntime.Name}}\n{{.Host.OCIRuntime.Path}}\n{{.Host.OCIRuntime.Version}}",
    ])
    .split("\n");
  assert.deepEqual([name, path], [runtime, machine.runtime]);
  assert.match(version, new RegExp(`^${runtime} version \\d`));
  podman.succeed(["create", "--name", "taken", image]);
  assert.equal(podman.inspect("taken", ".OCIRuntime"), runtime);
  remove("taken");
});

tests.it("podman run passes output, input and exit status on", () => {
  const script = "cat; echo to standard error >&2; exit 7";
  const args = ["run", "--rm", "--interactive", image, "sh", "-c", script];
  const { status, stdout, stderr } = podman.podman(args, { input: "from standard input\n" });
  assert.deepEqual([status, stdout, stderr], [7, "from standard input\n", "to standard error\n"]);
});

tests.it("podman run says by its exit status which program cannot be run, and why", () => {
  const run = (...args: readonly string[]) => ["run", "--rm", ...args];
  assert.match(podman.fail(run("--no-such-flag", image), 125), /unknown flag/);
  assert.match(podman.fail(run("localhost/no-such-image"), 125), /no-such-image/);
  const notFound = podman.fail(run(image, "no-such-program"), 127);
  assert.match(notFound, /exec: "no-such-program": executable file not found in \$PATH/);
  assert.match(notFound, /OCI runtime attempted to invoke a command that was not found/);
  assert.match(podman.fail(run(image, "/no/such/program"), 127), /no such file or directory/);
  assert.match(podman.fail(run(image, "/etc/passwd"), 126), /permission denied.*: OCI permission denied/);
  // Whatever the runtime says of a directory: it could not be invoked.
  podman.fail(run(image, "/etc"), 126);
  podman.fail(run("--workdir", "/etc/passwd", image, "true"), 126);
});

tests.it("podman run --detach goes on, and logs has what it writes", () => {
  const script = "echo out; echo err >&2; read -r line; echo $line";
  podman.succeed(["run", "-d", "-i", "--name", "logs", image, "sh", "-c", script]);
  podman.waitForLog("logs", /out/);
  podman.succeed(["attach", "logs"], { input: "typed\n" });
  const { stdout, stderr } = podman.podman(["logs", "logs"]);
  assert.deepEqual([stdout, stderr], ["out\ntyped\n", "err\n"]);
  remove("logs");
});

tests.it("podman run --interactive --tty has a terminal of the caller's size", async () => {
  const args = [
    "run",
    "--rm",
    "--interactive",
    "--tty",
    image,
    "sh",
    "-c",
    `${showSize}; read -r line; exit 5`,
  ];
  const { status, text } = await podman.onTerminal(args, "typed\n");
  assert.match(text, /\/dev\/pts\/0\r?\n.*33 99\r?\n/s);
  assert.equal(status, 5);
});

tests.it("podman logs reads what each log driver has kept", () => {
  for (const driver of ["k8s-file", "json-file"]) {
    const flags = ["--log-driver", driver, "--name", "kept", image];
    podman.succeed(["run", ...flags, "sh", "-c", "echo line; echo other >&2"]);
    const { stdout, stderr } = podman.podman(["logs", "kept"]);
    assert.deepEqual([stdout, stderr], ["line\n", "other\n"]);
    remove("kept");
  }
});

tests.it("podman exec runs a further process, and passes its status on", () => {
  start("exec");
  assert.equal(
    podman.succeed([
      "exec",
      "--user",
      "guest",
      "--workdir",
      "/tmp",
      "--env",
      "A=b",
      "exec",
      "sh",
      "-c",
      "id -u; pwd; echo $A",
    ]),
    "1000\n/tmp\nb",
  );
  assert.equal(podman.podman(["exec", "-i", "exec", "cat"], { input: "typed" }).stdout, "typed");
  podman.fail(["exec", "exec", "sh", "-c", "exit 9"], 9);
  podman.fail(["exec", "exec", "sh", "-c", "kill -KILL $$"], 137);
  assert.match(
    podman.fail(["exec", "exec", "no-such-program"], 127),
    /exec: "no-such-program": executable file not found in \$PATH/,
  );
  assert.match(
    podman.fail(["exec", "exec", "/etc/passwd"], 126),
    /permission denied.*: OCI permission denied/,
  );
  podman.succeed(["exec", "--detach", "exec", "touch", "/tmp/detached"]);
  until(
    "the detached exec",
    () => podman.podman(["exec", "exec", "test", "-e", "/tmp/detached"]).status === 0,
  );
  remove("exec");
});

tests.it("podman exec --interactive --tty has a terminal of the caller's size", async () => {
  start("terminal");
  const args = [
    "exec",
    "--interactive",
    "--tty",
    "terminal",
    "sh",
    "-c",
    `${showSize}; read -r line; exit 6`,
  ];
  const { status, text } = await podman.onTerminal(args, "typed\n");
  assert.match(text, /\/dev\/pts\/0\r?\n.*33 99\r?\n/s);
  assert.equal(status, 6);
  remove("terminal");
});

tests.it("podman run and exec --preserve-fds hand descriptors over", () => {
  const bash = (args: string) => podman.inMachine(["bash", "-c", `podman ${args} 3<<<passed`]).stdout;
  assert.equal(bash(`run --rm --preserve-fds 1 ${image} sh -c 'cat <&3'`), "passed\n");
  start("descriptors");
  assert.equal(bash("exec --preserve-fds 1 descriptors sh -c 'cat <&3'"), "passed\n");
  remove("descriptors");
});

tests.it("podman stop and kill end a container by the signal that is asked for", () => {
  const script = "trap 'exit 3' TERM; trap 'exit 4' USR1; echo ready; while :; do sleep 0.1; done";
  const run = (...flags: readonly string[]) => {
    podman.succeed(["run", "-d", "--name", "signals", ...flags, image, "sh", "-c", script]);
    podman.waitForLog("signals", /ready/);
  };
  const stopped = (args: readonly string[], status: string) => {
    podman.succeed(args);
    assert.equal(podman.succeed(["wait", "signals"]), status);
    assert.equal(podman.inspect("signals", ".State.Status"), "exited");
    podman.succeed(["rm", "signals"]);
  };
  run("--stop-signal", "TERM");
  stopped(["stop", "signals"], "3");
  run();
  stopped(["kill", "--signal", "USR1", "signals"], "4");
  run();
  stopped(["kill", "signals"], "137");
  run("--stop-signal", "HUP");
  stopped(["stop", "--time", "0", "signals"], "137");
});

tests.it("podman start and restart run a container again", () => {
  podman.succeed(["run", "--name", "again", image, "sh", "-c", "echo x >>/count; cat /count | wc -l"]);
  podman.succeed(["start", "--attach", "again"]);
  podman.succeed(["restart", "again"]);
  assert.equal(podman.succeed(["wait", "again"]), "0");
  assert.match(podman.waitForLog("again", /3/), /^1\n2\n3\n$/);
  remove("again");
});

tests.it("podman run --restart starts a container that has failed", () => {
  const script = "echo x >>/count; [ $(wc -l </count) = 3 ] || exit 1; sleep 1000";
  podman.succeed(["run", "-d", "--name", "restarts", "--restart", "on-failure", image, "sh", "-c", script]);
  until("the third start", () => podman.inspect("restarts", ".RestartCount") === "2");
  remove("restarts");
});

tests.it("podman pause holds a container until unpause", () => {
  start("paused");
  podman.succeed(["pause", "paused"]);
  assert.equal(podman.inspect("paused", ".State.Status"), "paused");
  assert.match(podman.fail(["exec", "paused", "true"], 255), /container state improper/);
  podman.succeed(["unpause", "paused"]);
  podman.succeed(["exec", "paused", "true"]);
  podman.succeed(["pause", "paused"]);
  remove("paused");
});

tests.it("podman update changes limits of a running container", () => {
  start("update", "--memory", "64m", "--pids-limit", "40");
  podman.succeed(["update", "--memory", "80m", "--cpus", "0.5", "update"]);
  const read = (file: string) => podman.succeed(["exec", "update", "cat", `/sys/fs/cgroup/${file}`]);
  assert.equal(read("memory/memory.limit_in_bytes"), String(80 << 20));
  assert.equal(read("cpu/cpu.cfs_quota_us"), "50000");
  assert.equal(read("pids/pids.max"), "40");
  remove("update");
});

tests.it("podman stats and top see a container's processes", () => {
  podman.succeed([
    "run",
    "-d",
    "--name",
    "seen",
    "--memory",
    "64m",
    image,
    "sh",
    "-c",
    "sleep 1000 & sleep 1001",
  ]);
  const stats = podman.succeed(["stats", "--no-stream", "--format", "{{.PIDs}} {{.MemUsage}}", "seen"]);
  assert.match(stats, /^2 \S+B \/ 67.11MB$/);
  assert.match(podman.succeed(["top", "seen", "pid,args"]), /\n1 +sleep 1001 *\n\d+ +sleep 1000/);
  remove("seen");
});

tests.it("a health check runs in the container, and says how it is", () => {
  const flags = ["--health-cmd", "test -e /well", "--health-interval", "disable", "--health-retries", "1"];
  start("health", ...flags);
  podman.succeed(["exec", "health", "touch", "/well"]);
  podman.succeed(["healthcheck", "run", "health"]);
  assert.equal(podman.inspect("health", ".State.Health.Status"), "healthy");
  podman.succeed(["exec", "health", "rm", "/well"]);
  podman.podman(["healthcheck", "run", "health"]);
  podman.fail(["healthcheck", "run", "health"], 1);
  assert.equal(podman.inspect("health", ".State.Health.Status"), "unhealthy");
  remove("health");
});

tests.it("podman cp reaches into a running container, and commit makes an image of it", () => {
  start("source");
  machine.write("/var/tmp/sent", "content\n");
  podman.succeed(["cp", "/var/tmp/sent", "source:/kept"]);
  assert.equal(podman.succeed(["exec", "source", "cat", "/kept"]), "content");
  podman.succeed(["cp", "source:/etc/passwd", "/var/tmp/passwd"]);
  assert.match(machine.read("/var/tmp/passwd"), /^root:/);
  podman.succeed(["commit", "--quiet", "source", "localhost/committed"]);
  remove("source");
  assert.equal(podman.succeed(["run", "--rm", "localhost/committed", "cat", "/kept"]), "content");
  podman.succeed(["rmi", "localhost/committed"]);
});
