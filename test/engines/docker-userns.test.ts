// `userns-remap`: Docker gives every container a user namespace, and its images to that namespace's root.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image } from "./helpers/dockerd.ts";

/** Of subordinate ids, as in /etc/subuid. */
const first = 231_072;
const dockerd = dockerForFile({
  config: { "userns-remap": "remapped" },
  prepare: (machine) => {
    machine.succeed(["useradd", "remapped"]);
    for (const file of ["/etc/subuid", "/etc/subgid"]) machine.write(file, `remapped:${first}:65536\n`);
  },
});
const { machine } = dockerd;
afterEach(() => dockerd.removeAll());

/** @returns standard output */
const run = (flags: readonly string[], ...command: string[]) =>
  dockerd.succeed(["run", "--rm", ...flags, image, ...command]);

function startSleeper(name: string, flags: readonly string[] = []): void {
  dockerd.succeed(["run", "--detach", "--name", name, ...flags, image, "sleep", "1000"]);
}

/** The real uid of a process, as the machine counts. */
const uidOf = (pid: string) => Number(/^Uid:\s*(\d+)/m.exec(machine.read(`/proc/${pid}/status`))?.[1]);

test("userns-remap: root in a container is an ordinary user on the host", () => {
  startSleeper("plain");
  assert.equal(dockerd.succeed(["exec", "plain", "id", "-u"]), "0");
  assert.equal(
    dockerd.succeed(["exec", "plain", "cat", "/proc/self/uid_map"]).trim().split(/\s+/).join(" "),
    `0 ${first} 65536`,
  );
  assert.equal(uidOf(dockerd.inspect("plain", ".State.Pid")), first);
});

test("userns-remap: --user is counted from the first id", () => {
  startSleeper("guest", ["--user", "1000:50"]);
  assert.equal(uidOf(dockerd.inspect("guest", ".State.Pid")), first + 1000);
  assert.match(dockerd.succeed(["exec", "guest", "id"]), /uid=1000\(guest\) gid=50\(staff\)/);
});

test("userns-remap: files that a container makes belong to its user", () => {
  dockerd.succeed(["volume", "create", "kept"]);
  run(["--volume", "kept:/v"], "sh", "-c", "touch /v/roots; touch /v/guests; chown 1000:1000 /v/guests");
  const path = dockerd.inspect("kept", ".Mountpoint");
  const owners = machine.succeed(["stat", "-c", "%u:%g", `${path}/roots`, `${path}/guests`]);
  assert.equal(owners, `${first}:${first}\n${first + 1000}:${first + 1000}\n`);
  assert.equal(
    run(["--volume", "kept:/v"], "stat", "-c", "%u:%g", "/v/roots", "/v/guests"),
    "0:0\n1000:1000",
  );
  dockerd.succeed(["volume", "rm", "kept"]);
});

test("userns-remap: files of the host's root are nobody's in a bind mount", () => {
  machine.write("/root/shown/secret", "of root alone\n", 0o600);
  machine.write("/root/shown/public", "of everybody\n");
  machine.succeed(["chmod", "711", "/root"]);
  const script = "stat -c %u /b/public; cat /b/public; cat /b/secret 2>&1; touch /b/new 2>&1; true";
  const said = run(["--volume", "/root/shown:/b"], "sh", "-c", script);
  assert.match(said, /^65534\nof everybody\n.*secret.*Permission denied\n.*new.*Permission denied$/);
});

test("userns-remap: exec has the container's ids and not the host's capabilities", () => {
  startSleeper("entered");
  const script =
    "id -u; cat /proc/self/uid_map; mknod /tmp/d b 8 0 2>&1 || echo denied; readlink /proc/self/ns/user";
  const inside = dockerd.succeed(["exec", "entered", "sh", "-c", script]).split("\n");
  assert.equal(inside[0], "0");
  assert.equal(inside.at(-2), "denied");
  const pid = dockerd.inspect("entered", ".State.Pid");
  assert.equal(inside.at(-1), machine.succeed(["readlink", `/proc/${pid}/ns/user`]).trim());
  assert.match(dockerd.succeed(["exec", "--user", "guest", "entered", "id"]), /^uid=1000\(guest\) gid=1000/);
});

test("userns-remap: exec --tty has a terminal of the container's user", () => {
  startSleeper("typed");
  const script = "docker exec -t typed sh -c 'tty; stat -c %u $(tty)'";
  assert.match(machine.succeed(["script", "-qec", script, "/dev/null"]), /^\/dev\/pts\/\d+\r+\n0\r+\n$/);
});

test("userns-remap: limits, networks and a read-only root work as ever", () => {
  const flags = ["--memory=32m", "--pids-limit=20", "--read-only", "--tmpfs=/tmp", "--hostname=inner"];
  const script =
    "hostname; touch /new 2>&1; touch /tmp/new && stat -c %u /tmp/new; ip -o -4 addr show eth0 | wc -l";
  assert.match(run(flags, "sh", "-c", script), /^inner\n.*Read-only file system\n0\n1$/);
});

test("userns-remap: --init, and a program that is missing", () => {
  assert.equal(run(["--init"], "cat", "/proc/1/comm"), "docker-init");
  const { status, stderr } = dockerd.docker(["run", "--rm", image, "/absent"]);
  assert.equal(status, 127);
  assert.match(stderr, /no such file or directory/);
});

test("userns-remap: containers share namespaces of the same owner", () => {
  startSleeper("owner", ["--ipc=shareable"]);
  const flags = ["--net=container:owner", "--pid=container:owner", "--ipc=container:owner"];
  const seen = run(
    flags,
    "sh",
    "-c",
    "readlink /proc/self/ns/net; readlink /proc/self/ns/ipc; cat /proc/1/comm",
  );
  const pid = dockerd.inspect("owner", ".State.Pid");
  const expected = machine.succeed(["readlink", `/proc/${pid}/ns/net`, `/proc/${pid}/ns/ipc`]);
  assert.equal(seen, `${expected}sleep`);
});

test("userns-remap: RUN's files belong to the image's users", () => {
  const steps = `FROM ${image}\nRUN touch /made && touch /guests && chown guest:guest /guests && chmod 600 /guests\n`;
  dockerd.succeed(["build", "--quiet", "--tag", "remapped", "-"], { input: steps });
  const owners = dockerd.succeed(["run", "--rm", "remapped", "stat", "-c", "%u:%g %a", "/made", "/guests"]);
  assert.equal(owners, "0:0 644\n1000:1000 600");
});

test("--userns=host has no user namespace, and the host's ids", () => {
  startSleeper("unmapped", ["--userns=host"]);
  assert.equal(uidOf(dockerd.inspect("unmapped", ".State.Pid")), 0);
  const host = machine.succeed(["readlink", "/proc/1/ns/user"]).trim();
  assert.equal(dockerd.succeed(["exec", "unmapped", "readlink", "/proc/self/ns/user"]), host);
});

test("userns-remap refuses --privileged without --userns=host", () => {
  const { status, stderr } = dockerd.docker(["run", "--rm", "--privileged", image]);
  assert.equal(status, 125);
  assert.match(stderr, /privileged mode is incompatible with user namespaces/);
});
