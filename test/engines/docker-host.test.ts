// What containers share with the host: ports, folders, volumes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../helpers/wait.ts";
import { Container, forever, outputOf, runOnce } from "./helpers/docker-container.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image } from "./helpers/dockerd.ts";

const shared = "/srv/shared";
const dockerd = dockerForFile({
  prepare: (machine) => {
    machine.write("/srv/files/file", "of the host\n");
    machine.write("/srv/files/inner/deep", "deep\n");
    machine.succeed([
      "sh",
      "-c",
      `mkdir -p ${shared} && mount -t tmpfs shared ${shared} && mount --make-shared ${shared}`,
    ]);
  },
});
const { machine } = dockerd;
// Debian's busybox dies of wget's own -T.
const get = ["busybox", "timeout", "1", "wget", "-q", "-O", "-"];
const fetch = (url: string) => machine.run([...get, url]).stdout;

test("published ports are reached from the host: by the proxy, by NAT, and without either", () => {
  const server = ["sh", "-c", "mkdir /www; echo served >/www/index.html; exec httpd -f -p 80 -h /www"];
  using container = new Container(dockerd, [
    "--publish",
    "8080:80",
    "--publish",
    "127.0.0.1::80",
    image,
    ...server,
  ]);
  const network = ".NetworkSettings.Networks.bridge";
  const [address, gateway] = container.inspect(`${network}.IPAddress`, `${network}.Gateway`).split(" ");
  until("the server", () => fetch(`http://${address}/`) === "served\n");
  assert.equal(fetch("http://127.0.0.1:8080/"), "served\n", "by docker-proxy");
  assert.equal(fetch(`http://${gateway}:8080/`), "served\n", "by iptables");
  const ports = dockerd.succeed(["port", container.id]);
  assert.match(ports, /^80\/tcp -> 0\.0\.0\.0:8080$/m);
  const [, random] = /^80\/tcp -> 127\.0\.0\.1:(\d+)$/m.exec(ports) ?? [];
  assert.equal(fetch(`http://127.0.0.1:${random}/`), "served\n", "by a port that Docker chose");
  dockerd.succeed(["stop", "--time", "0", container.id]);
  assert.equal(fetch("http://127.0.0.1:8080/"), "");
});

test("a container reaches the host by its gateway", () => {
  const server = machine.start(["busybox", "httpd", "-f", "-p", "7000", "-h", "/srv/files"]);
  using container = new Container(dockerd, [image, ...forever]);
  const url = `http://${container.inspect(".NetworkSettings.Networks.bridge.Gateway")}:7000/file`;
  const run = () => dockerd.docker(["exec", container.id, ...get, url]).stdout;
  until("the host's answer", () => run() === "of the host\n");
  machine.succeed(["kill", "-KILL", String(server.pid)]);
});

test("a bind mount is the host's folder, read-only where asked for", () => {
  using container = Container.idle(dockerd, ["--volume", "/srv/files:/rw", "--volume", "/srv/files:/ro:ro"]);
  assert.equal(container.exec("cat", "/rw/file", "/ro/inner/deep"), "of the host\ndeep");
  container.exec("sh", "-c", "echo changed >/rw/new");
  assert.equal(machine.read("/srv/files/new"), "changed\n");
  const { stderr } = dockerd.docker(["exec", container.id, "touch", "/ro/file"]);
  assert.match(stderr, /Read-only file system/);
});

test("a bind mount of one file covers that file alone", () => {
  const options = ["--volume", "/srv/files/file:/etc/passwd:ro"];
  assert.equal(
    outputOf(dockerd, options, ["sh", "-c", "cat /etc/passwd; ls /etc/group"]),
    "of the host\n/etc/group",
  );
});

test("--mount of a folder that is not there is refused, --volume makes it", () => {
  const mount = runOnce(dockerd, ["--mount", "type=bind,source=/srv/none,target=/x"], ["true"]);
  assert.equal(mount.status, 125);
  assert.match(mount.stderr, /bind source path does not exist: \/srv\/none/);
  assert.equal(outputOf(dockerd, ["--volume", "/srv/none:/x"], ["ls", "-d", "/x"]), "/x");
  assert.equal(machine.run(["test", "-d", "/srv/none"]).status, 0);
});

test("a named volume outlives its containers and takes over what the image has there", () => {
  dockerd.succeed(["volume", "create", "kept"]);
  const options = ["--volume", "kept:/etc"];
  assert.equal(
    outputOf(dockerd, options, ["sh", "-c", "echo mine >/etc/mine; ls /etc/passwd"]),
    "/etc/passwd",
  );
  assert.equal(outputOf(dockerd, options, ["cat", "/etc/mine"]), "mine");
  const { stderr } = (() => {
    using _container = Container.idle(dockerd, options);
    return dockerd.docker(["volume", "rm", "kept"]);
  })();
  assert.match(stderr, /volume is in use/);
  dockerd.succeed(["volume", "rm", "kept"]);
});

test("--volumes-from gives a container another one's volumes", () => {
  using first = Container.idle(dockerd, ["--volume", "/data"]);
  first.exec("sh", "-c", "echo of the first >/data/file");
  assert.equal(outputOf(dockerd, ["--volumes-from", first.id], ["cat", "/data/file"]), "of the first");
});

test("--mount type=tmpfs has the size and mode that it is given", () => {
  const option = "type=tmpfs,target=/scratch,tmpfs-size=2m,tmpfs-mode=1770";
  const script = "stat -c %a /scratch; df /scratch | awk 'END { print $2 }'";
  assert.equal(outputOf(dockerd, ["--mount", option], ["sh", "-c", script]), "1770\n2048");
});

/** Mounts in both directions, below a shared mount of the host's. @returns whether each arrives on the other side */
function propagation(option: string): { in: boolean; out: boolean } {
  const may = ["--cap-add", "SYS_ADMIN", "--volume", `${shared}:/shared${option}`];
  using container = Container.idle(dockerd, may);
  machine.succeed(["mkdir", "-p", `${shared}/host`, `${shared}/container`]);
  machine.succeed(["mount", "-t", "tmpfs", "from-host", `${shared}/host`]);
  container.exec("mount", "-t", "tmpfs", "from-container", "/shared/container");
  const arrived = {
    in: container.exec("cat", "/proc/mounts").includes("from-host"),
    out: machine.read("/proc/1/mounts").includes("from-container"),
  };
  machine.run(["umount", `${shared}/container`]);
  machine.succeed(["umount", `${shared}/host`]);
  return arrived;
}

test("mounts pass a bind mount that is rshared in both directions", () => {
  assert.deepEqual(propagation(":rshared"), { in: true, out: true });
});

test("mounts pass a bind mount that is rslave from the host alone", () => {
  assert.deepEqual(propagation(":rslave"), { in: true, out: false });
});

test("no mounts pass a bind mount that is private, as it is unless asked for", () => {
  assert.deepEqual(propagation(""), { in: false, out: false });
});

test("--volume with a propagation that the host's mount does not have is refused", () => {
  const { status, stderr } = runOnce(dockerd, ["--volume", "/run:/x:rshared"], ["true"]);
  assert.equal(status, 125);
  assert.match(stderr, /not a shared mount/);
});
