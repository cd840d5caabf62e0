// Podman with the systemd driver on cgroup v2, for root and for an ordinary user with a systemd of their own.
import assert from "node:assert/strict";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasSystemd } from "../../helpers/cgroups.ts";
import { runtimeName, runtimePath } from "../../helpers/runtime.ts";
import { until } from "../../helpers/wait.ts";
import { engineTests, propertyOf, succeed } from "./guest.ts";

const MiB = 1 << 20;
const NO_NETWORK = "--network=none";
const SLEEP = ["sleep", "1000000"];

/** Where Podman looks by itself, as the timers of its health checks do. */
const settings = "/etc/containers";
const session = ["XDG_RUNTIME_DIR=/run/user/1000", "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus"];

/** A command of the VM's ordinary user. */
const asUser = (...command: readonly string[]): string[] => [
  ...["setpriv", "--reuid=test", "--regid=test", "--init-groups"],
  ...["env", "--chdir=/home/test", "HOME=/home/test", "USER=test", ...session],
  ...command,
];

const podman = (...args: readonly string[]): string => succeed(["podman", ...args]);
const usersPodman = (...args: readonly string[]): string => succeed(asUser("podman", ...args));

/** What a user's systemd starts when it is first asked for. */
if (hasSystemd) succeed(asUser("systemctl", "--user", "start", "dbus.service"));

const containersConf = `[engine]
runtime = "${runtimeName}"
cgroup_manager = "systemd"
runtime_supports_json = ["${runtimeName}"]
[engine.runtimes]
${runtimeName} = ["${runtimePath}"]
`;

function storageConf(folder: string): string {
  return `[storage]
driver = "overlay"
graphroot = "${folder}/storage"
runroot = "/run/containers/storage"
rootless_storage_path = "$HOME/storage"
`;
}

const it = engineTests(
  (folder) => {
    for (const path of [folder.path, folder.archive]) chmodSync(path, 0o755);
    writeFileSync(`${settings}/containers.conf`, containersConf);
    writeFileSync(`${settings}/storage.conf`, storageConf(folder.path));
    podman("import", folder.archive, "box");
    usersPodman("import", folder.archive, "box");
  },
  () => {
    usersPodman("system", "reset", "--force");
    podman("system", "reset", "--force");
    succeed(asUser("systemctl", "--user", "stop", "user.slice"));
    succeed(["systemctl", "stop", "machine.slice"]);
    succeed(["sh", "-c", `rm -r ${settings}/containers.conf ${settings}/storage.conf /run/containers`]);
    rmSync(join("/run", runtimeName), { recursive: true, force: true });
  },
);

it("systemd: podman limits a container by its scope, before and after update", () => {
  const id = podman("run", "--detach", NO_NETWORK, "--memory", "64m", "--name", "limited", "box", ...SLEEP);
  assert.equal(podman("inspect", "--format", "{{.OCIRuntime}}", "limited"), runtimeName);
  const scope = `libpod-${id}.scope`;
  assert.equal(propertyOf(scope, "Slice"), "machine.slice");
  assert.equal(propertyOf(scope, "MemoryMax"), String(64 * MiB));
  podman("update", "--memory", "128m", "limited");
  assert.equal(podman("exec", "limited", "cat", "/sys/fs/cgroup/memory.max"), String(128 * MiB));
  assert.match(podman("stats", "--no-stream", "limited"), /134\.2MB/);
  podman("pause", "limited");
  podman("unpause", "limited");
  podman("rm", "--force", "--time", "0", "limited");
  until("the scope to go", () => propertyOf(scope, "ActiveState") === "inactive");
});

it("systemd: a pod's containers share its namespaces and slice", () => {
  const infra = ["--infra-image", "box", "--infra-command", SLEEP.join(" ")];
  podman("pod", "create", NO_NETWORK, "--name", "peas", "--memory", "64m", ...infra);
  podman("pod", "start", "peas");
  const first = podman("run", "--detach", "--pod", "peas", "--hostname", "", "box", ...SLEEP);
  const pid = podman("inspect", "--format", "{{.State.Pid}}", first);
  assert.match(
    succeed(["cat", `/proc/${pid}/cgroup`]),
    /^0::\/machine\.slice\/machine-libpod_pod_\w+\.slice\/libpod-/,
  );
  const network = (name: string) => podman("exec", name, "readlink", "/proc/self/ns/net");
  const infraName = podman("pod", "inspect", "--format", "{{.InfraContainerID}}", "peas");
  assert.equal(network(first), network(infraName));
  podman("pod", "rm", "--force", "--time", "0", "peas");
});

it("systemd: a health check's timer reports a container that fails it", () => {
  const check = ["--health-cmd", "test ! -e /sick", "--health-interval", "1s", "--health-retries", "1"];
  podman("run", "--detach", NO_NETWORK, "--name", "patient", ...check, "box", ...SLEEP);
  const health = () => podman("inspect", "--format", "{{.State.Health.Status}}", "patient");
  until("healthy", () => health() === "healthy");
  podman("exec", "patient", "touch", "/sick");
  until("unhealthy", () => health() === "unhealthy");
  podman("rm", "--force", "--time", "0", "patient");
});

it("systemd: an ordinary user's container is limited by the user's own systemd", () => {
  const id = usersPodman("run", "--detach", NO_NETWORK, "--memory", "64m", "--name", "mine", "box", ...SLEEP);
  assert.equal(usersPodman("exec", "mine", "cat", "/sys/fs/cgroup/memory.max"), String(64 * MiB));
  assert.equal(usersPodman("exec", "mine", "id", "-u"), "0");
  const pid = usersPodman("inspect", "--format", "{{.State.Pid}}", "mine");
  assert.match(
    succeed(["cat", `/proc/${pid}/cgroup`]),
    new RegExp(`user@1000\\.service/.*/libpod-${id}\\.scope`),
  );
  usersPodman("rm", "--force", "--time", "0", "mine");
});
