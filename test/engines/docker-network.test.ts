// How Docker's containers reach each other: networks that Docker makes around a namespace of tsrun's.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { until } from "../helpers/wait.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image } from "./helpers/dockerd.ts";

const dockerd = dockerForFile();
const { machine } = dockerd;
afterEach(() => {
  dockerd.removeAll();
  machine.succeed(["sh", "-c", "docker network ls -q --filter type=custom | xargs -r docker network rm"]);
});

/** Starts a container that serves its own name by HTTP. */
function serve(name: string, flags: readonly string[]): void {
  const server = "mkdir /www; echo $NAME >/www/name; exec httpd -f -p 80 -h /www";
  dockerd.succeed([
    "run",
    "--detach",
    "--name",
    name,
    "--env",
    `NAME=${name}`,
    ...flags,
    image,
    "sh",
    "-c",
    server,
  ]);
}

// Debian's busybox dies of wget's own -T.
const get = ["timeout", "1", "wget", "-q", "-O", "-"];

/** What a container gets from an address. @returns undefined where there is no answer */
function fetch(name: string, address: string): string | undefined {
  const { status, stdout } = dockerd.docker(["exec", name, ...get, `http://${address}/name`]);
  return status === 0 ? stdout.trim() : undefined;
}

const fetches = (from: string, to: string) => until(`${from} reaches ${to}`, () => fetch(from, to));

const addressOf = (name: string) =>
  dockerd.inspect(name, "range .NetworkSettings.Networks}}{{.IPAddress}}{{end");

test("two containers on a network of the user's find each other by name", () => {
  dockerd.succeed(["network", "create", "front"]);
  serve("left", ["--net", "front"]);
  serve("right", ["--net", "front", "--network-alias", "starboard"]);
  assert.equal(fetches("left", "right"), "right");
  assert.equal(fetches("right", "left"), "left");
  assert.equal(fetches("left", "starboard"), "right");
});

test("a container of another network finds neither name nor address", () => {
  dockerd.succeed(["network", "create", "front"]);
  dockerd.succeed(["network", "create", "back"]);
  serve("inside", ["--net", "front"]);
  serve("outside", ["--net", "back"]);
  assert.equal(fetches("inside", "localhost"), "inside");
  assert.equal(fetch("outside", "inside"), undefined);
  assert.equal(fetch("outside", addressOf("inside")), undefined);
});

test("network connect and disconnect change a running container", () => {
  dockerd.succeed(["network", "create", "front"]);
  dockerd.succeed(["network", "create", "back"]);
  serve("server", ["--net", "front"]);
  serve("client", ["--net", "back"]);
  dockerd.succeed(["network", "connect", "--alias", "joined", "back", "server"]);
  assert.equal(fetches("client", "joined"), "server");
  assert.match(dockerd.succeed(["exec", "server", "ip", "addr"]), /eth0@.*eth1@/s);
  dockerd.succeed(["network", "disconnect", "back", "server"]);
  assert.equal(fetch("client", "joined"), undefined);
  assert.doesNotMatch(dockerd.succeed(["exec", "server", "ip", "addr"]), /eth1@/);
});

test("a restarted container has its network again", () => {
  dockerd.succeed(["network", "create", "front"]);
  serve("server", ["--net", "front"]);
  serve("client", ["--net", "front"]);
  dockerd.succeed(["restart", "--time", "0", "server"]);
  assert.equal(fetches("client", "server"), "server");
});

const ofTheMachine = (address: string) =>
  machine.run(["busybox", ...get, `http://${address}/name`]).stdout.trim();

test("a published port is reached from the host, on the address it was published on", () => {
  serve("published", ["--publish", "127.0.0.1:8080:80"]);
  until("the server", () => ofTheMachine("127.0.0.1:8080") === "published");
  assert.equal(dockerd.succeed(["port", "published"]), "80/tcp -> 127.0.0.1:8080");
  // Over docker0 a host's address is that of the bridge.
  const bridge = dockerd.succeed([
    "network",
    "inspect",
    "-f",
    "{{(index .IPAM.Config 0).Gateway}}",
    "bridge",
  ]);
  assert.equal(ofTheMachine(`${bridge}:8080`), "");
  dockerd.succeed(["stop", "--time", "0", "published"]);
  assert.equal(ofTheMachine("127.0.0.1:8080"), "");
});

test("two containers cannot publish the same port, and the second one leaves nothing", () => {
  serve("first", ["--publish", "8080:80"]);
  const { status, stderr } = dockerd.docker(["run", "--name", "second", "--publish", "8080:80", image]);
  assert.equal(status, 125);
  assert.match(stderr, /port is already allocated/);
  assert.equal(dockerd.inspect("second", ".State.Status"), "created");
});

test("--net=none gives a loopback interface alone", () => {
  const links = dockerd.succeed(["run", "--rm", "--net=none", image, "ip", "-o", "link"]);
  assert.match(links, /^1: lo: <LOOPBACK,UP,LOWER_UP>/);
  assert.equal(
    links.match(/^\d+: /gm)?.length,
    links.match(/^\d+: (lo|tunl0|gre0|gretap0|erspan0|sit0|ip6tnl0|ip_vti0|ip6_vti0|ip6gre0)[:@]/gm)?.length,
  );
});

test("--net=host is the host's network", () => {
  const host = machine.succeed(["readlink", "/proc/1/ns/net"]).trim();
  const seen = dockerd.succeed(["run", "--rm", "--net=host", image, "readlink", "/proc/self/ns/net"]);
  assert.equal(seen, host);
});

test("--net=container: is the other container's network", () => {
  serve("owner", ["--net=bridge"]);
  dockerd.succeed(["run", "--detach", "--name", "guest", "--net=container:owner", image, "sleep", "1000"]);
  assert.equal(fetches("guest", "127.0.0.1"), "owner");
  assert.equal(
    dockerd.succeed(["exec", "guest", "hostname"]),
    dockerd.succeed(["exec", "owner", "hostname"]),
  );
});

test("containers of a macvlan network have addresses of their own on the parent's", () => {
  machine.succeed(["sh", "-c", "ip link add parent type bridge; ip link set parent up"]);
  const subnet = ["--subnet", "10.9.0.0/24", "--ip-range", "10.9.0.128/25"];
  dockerd.succeed(["network", "create", "-d", "macvlan", ...subnet, "-o", "parent=parent", "wire"]);
  serve("left", ["--net", "wire", "--ip", "10.9.0.200"]);
  serve("right", ["--net", "wire"]);
  assert.equal(fetches("right", "10.9.0.200"), "left");
  assert.equal(fetches("right", "left"), "left");
  dockerd.removeAll();
  dockerd.succeed(["network", "rm", "wire"]);
  machine.succeed(["ip", "link", "del", "parent"]);
});
