import assert from "node:assert/strict";
import { setNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { globalAddresses, ScratchNetwork } from "../helpers/scratch-network.ts";

leaveNothing();

/** A pair of devices with addresses of both families, in a network namespace that the runtime is started in. */
const pair = `
  ip link add dev0 type veth peer name dev1
  ip link set dev0 mtu 1400
  ip address add 10.1.2.3/24 brd + dev dev0
  ip address add 10.8.8.8/32 scope host dev dev0
  ip address add fd00::5/64 dev dev0 nodad
  ip link set dev0 up
  ip link set dev1 up`;

/** What busybox's ip prints of devices and addresses, one line each. */
const show = ["/bin/sh", "-c", "ip -o link; ip -o address"];

it("a network device moves into the container, up, with its permanent addresses", (box) => {
  using network = new ScratchNetwork(pair);
  const result = box.run(
    (config) => {
      config.process.args = show;
      config.linux.netDevices = { dev0: {} };
    },
    { through: network.through },
  );
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /^\d+: dev0@\S+ <[^>]*\bUP\b[^>]*> mtu 1400 /m);
  assert.match(result.stdout, /^\d+: dev0 +inet 10\.1\.2\.3\/24 brd 10\.1\.2\.255 scope global dev0/m);
  assert.match(result.stdout, /^\d+: dev0 +inet6 fd00::5\/64 scope global /m);
  assert.doesNotMatch(result.stdout, /10\.8\.8\.8/);
  // A virtual device ends with the namespace that it is in, and so does its peer.
  assert.ok(!network.devices().has("dev0"));
});

it("a network device gets its name inside, or a number in it", (box) => {
  using network = new ScratchNetwork(`${pair}
    ip link add dev2 type veth peer name dev3
    ip link add dev4 type veth peer name dev5`);
  const result = box.run(
    (config) => {
      config.process.args = show;
      config.linux.netDevices = { dev0: { name: "eth0" }, dev2: { name: "net%d" }, dev4: { name: "net%d" } };
    },
    { through: network.through },
  );
  assert.equal(result.status, 0, result.stderr);
  const names = [...result.stdout.matchAll(/^\d+: ([^ @:]+)(?:@\S+)?:? </gm)].map(([, name]) => name);
  assert.deepEqual(names.sort(), ["eth0", "lo", "net0", "net1"]);
  assert.match(result.stdout, /^\d+: eth0 +inet 10\.1\.2\.3\/24 /m);
});

it("a network device moves into a network namespace that is joined, and stays there", (box) => {
  using network = new ScratchNetwork(pair);
  using other = new ScratchNetwork("ip link add eth0 type veth peer name eth1");
  const result = box.run(
    (config) => {
      config.process.args = show;
      setNamespace(config, "network", other.path);
      config.linux.netDevices = { dev0: { name: "eth%d" } };
    },
    { through: network.through },
  );
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /^\d+: eth2 +inet 10\.1\.2\.3\/24 /m);
  assert.deepEqual(globalAddresses(other.devices().get("eth2")), ["10.1.2.3/24", "fd00::5/64"]);
});

it("a network device can be set up by the container's hooks and kernel parameters", (box) => {
  using network = new ScratchNetwork(pair);
  const folder = box.folder("hook");
  const result = box.run(
    (config) => {
      config.process.args = ["/bin/cat", "/proc/sys/net/ipv4/conf/eth0/forwarding"];
      config.linux.netDevices = { dev0: { name: "eth0" } };
      config.linux.sysctl = { "net.ipv4.conf.eth0.forwarding": "1" };
      config.hooks = {
        createContainer: [
          { path: "/bin/sh", args: ["sh", "-c", `/usr/sbin/ip -o link show eth0 > ${folder}/seen`] },
        ],
      };
    },
    { through: network.through },
  );
  assert.equal(result.status, 0, result.stderr);
  assert.equal(result.stdout, "1\n");
  assert.match(box.read(`${folder}/seen`), /eth0@/);
});

it("a network device is back as it was when creation fails after its move", (box) => {
  using network = new ScratchNetwork(pair);
  const before = network.devices().get("dev0");
  const bundle = box.bundle((config) => {
    config.linux.netDevices = { dev0: { name: "eth0" } };
    config.hooks = { createRuntime: [{ path: "/bin/false" }] };
  });
  box.fail(["create", "--bundle", bundle, box.newId()], { through: network.through });
  const after = network.devices().get("dev0");
  assert.deepEqual(after?.addr_info, before?.addr_info);
  assert.deepEqual([after?.mtu, after?.address], [before?.mtu, before?.address]);
  assert.ok(after?.flags.includes("UP"));
});

it("a network device whose name inside is taken stays where it is, and so do those before it", (box) => {
  using network = new ScratchNetwork(`${pair}\nip link add dev2 type veth peer name dev3`);
  using other = new ScratchNetwork("ip link add eth0 type veth peer name eth1");
  const before = [...network.devices().keys()].sort();
  const bundle = box.bundle((config) => {
    setNamespace(config, "network", other.path);
    config.linux.netDevices = { dev2: {}, dev0: { name: "eth0" } };
  });
  const line = box.fail(["create", "--bundle", bundle, box.newId()], { through: network.through });
  assert.match(line, /moving network device .*dev0.* the container has a network device .*eth0/);
  assert.match(line, /\/linux\/netDevices\/dev0/);
  assert.deepEqual([...network.devices().keys()].sort(), before);
  assert.deepEqual(globalAddresses(network.devices().get("dev0")), ["10.1.2.3/24", "fd00::5/64"]);
  assert.deepEqual([...other.devices().keys()].sort(), ["eth0", "eth1", "lo"]);
});

it("a network device that is missing is named before anything is made", (box) => {
  using network = new ScratchNetwork();
  const bundle = box.bundle((config) => {
    config.linux.netDevices = { dev7: {} };
  });
  const line = box.fail(["create", "--bundle", bundle, box.newId()], { through: network.through });
  assert.match(line, /there is no network device .*dev7/);
  assert.match(line, /\/linux\/netDevices\/dev7/);
});

it("a network device is not moved into the namespace that it is in", (box) => {
  using network = new ScratchNetwork(pair);
  const bundle = box.bundle((config) => {
    setNamespace(config, "network", network.path);
    config.linux.netDevices = { dev0: { name: "eth0" } };
  });
  const line = box.fail(["create", "--bundle", bundle, box.newId()], { through: network.through });
  assert.match(line, /\/linux\/namespaces\/\d+\/path/);
  assert.ok(network.devices().has("dev0"));
});

it("a network device moves into a container with a user namespace of its own", (box) => {
  using network = new ScratchNetwork(pair);
  const result = box.run(
    (config) => {
      config.process.args = show;
      setNamespace(config, "user");
      config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      config.linux.netDevices = { dev0: { name: "eth0" } };
    },
    { through: network.through },
  );
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /^\d+: eth0 +inet6 fd00::5\/64 scope global /m);
});

it("features says that network devices can be moved", (box) => {
  const features = JSON.parse(box.succeed(["features"]).stdout) as {
    linux: { netDevices?: { enabled: boolean } };
  };
  assert.equal(features.linux.netDevices?.enabled, true);
});
