import assert from "node:assert/strict";
import { getuid } from "node:process";
import { test } from "node:test";
import {
  isKept,
  NetDeviceMover,
  type NetDevicePlan,
  numberedName,
  planNetDevices,
} from "../../../src/namespaces/net-devices.ts";
import { AT_FDCWD, O_RDONLY, openat } from "../../../src/sys/files.ts";
import { openHost } from "../../../src/sys/host-paths.ts";
import { local } from "../../../src/sys/local.ts";
import { cloneFlags, setns } from "../../../src/sys/namespaces.ts";
import { IFF_UP, RouteSocket } from "../../../src/sys/route.ts";
import { globalAddresses, ScratchNetwork } from "../../helpers/scratch-network.ts";
import { skipUnless } from "../../helpers/skip.ts";

test("planNetDevices() lists the devices with their places", () => {
  assert.deepEqual(planNetDevices({ eth0: {}, "a~b": { name: "net%d" }, eth1: { name: "" } }), [
    { name: "eth0", target: undefined, pointer: "/linux/netDevices/eth0" },
    { name: "a~b", target: "net%d", pointer: "/linux/netDevices/a~0b" },
    { name: "eth1", target: undefined, pointer: "/linux/netDevices/eth1" },
  ]);
});

test("numberedName() takes the lowest number that is free", () => {
  assert.equal(numberedName("eth%d", new Set(["eth0", "eth1", "eth3"])), "eth2");
  const all = new Set(Array.from({ length: 32_768 }, (_, number) => `eth${number}`));
  assert.throws(() => numberedName("eth%d", all), { message: "every name like eth%d is taken" });
});

test("isKept() keeps permanent addresses that are valid everywhere", () => {
  const address = { family: 2, prefixLength: 24, index: 1, attributes: new Map<number, Uint8Array>() };
  assert.ok(isKept({ ...address, flags: 0x80, scope: 0 }));
  assert.ok(!isKept({ ...address, flags: 0x80, scope: 253 }));
  assert.ok(!isKept({ ...address, flags: 0x00, scope: 0 }));
});

const plan: NetDevicePlan = { name: "v0", target: "eth0", pointer: "/linux/netDevices/v0" };
const home = `
  ip link add v0 type veth peer name v1
  ip address add 10.1.2.3/24 brd + dev v0
  ip address add 10.9.9.9/32 scope host dev v0
  ip address add fd00::5/64 dev v0 nodad
  ip link set v0 up
  ip link set v1 up
  ip route add 10.77.0.0/16 via 10.1.2.1 metric 7
  ip route add 10.78.0.0/16 dev v0 table 100
  ip -6 route add fd77::/32 via fd00::1`;
const routes = (network: ScratchNetwork) => [
  ...network.ip("route", "show", "table", "all", "dev", "v0").trim().split("\n"),
  ...network.ip("-6", "route", "show", "dev", "v0").trim().split("\n"),
];

/** Runs `action` with this thread in one scratch network and a mover whose other side is another. */
function between(
  setups: readonly [here: string, there: string],
  action: (mover: NetDeviceMover, here: ScratchNetwork, there: ScratchNetwork) => void,
): void {
  using here = new ScratchNetwork(setups[0]);
  using there = new ScratchNetwork(setups[1]);
  using own = openat(local, AT_FDCWD, "/proc/thread-self/ns/net", O_RDONLY);
  using file = openat(local, AT_FDCWD, here.path, O_RDONLY);
  setns(local, file.number, cloneFlags.network, here.path);
  try {
    using mover = new NetDeviceMover(local);
    mover.openOther(openHost(local, there.path, O_RDONLY));
    action(mover, here, there);
  } finally {
    setns(local, own.number, cloneFlags.network, "the test's network namespace");
  }
}

test("a NetDeviceMover moves a device with its addresses, and brings it back as it was", (t) => {
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  between([home, ""], (mover, here, there) => {
    const before = here.devices().get("v0");
    const move = mover.begin(plan);
    mover.moveOver(move);
    assert.equal(move.inside, "eth0");
    assert.ok(!here.devices().has("v0"));
    const inside = there.devices().get("eth0");
    assert.deepEqual(globalAddresses(inside), ["10.1.2.3/24", "fd00::5/64"]);
    assert.ok(inside?.flags.includes("UP"));
    assert.equal(inside?.address, before?.address);
    mover.bringBack(move);
    const after = here.devices().get("v0");
    assert.deepEqual([...there.devices().keys()], ["lo"]);
    assert.ok(after?.flags.includes("UP"));
    assert.deepEqual(
      after?.addr_info.map(({ local, prefixlen, scope }) => [local, prefixlen, scope]).sort(),
      before?.addr_info.map(({ local, prefixlen, scope }) => [local, prefixlen, scope]).sort(),
    );
  });
});

test("a NetDeviceMover brings a device back with the routes through it", (t) => {
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  between([home, ""], (mover, here, there) => {
    const before = routes(here);
    assert.equal(before.filter((line) => /^(10\.7[78]|fd77)/.test(line)).length, 4);
    const move = mover.begin(plan);
    mover.moveOver(move);
    assert.doesNotMatch(there.ip("route", "show", "table", "all"), /10\.7[78]/);
    mover.bringBack(move);
    assert.deepEqual(routes(here).sort(), before.sort());
  });
});

test("a NetDeviceMover leaves a device down that was down when it brings it back", (t) => {
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  between(["ip link add v0 type veth peer name v1", ""], (mover, here, there) => {
    const move = mover.begin(plan);
    mover.moveOver(move);
    assert.ok(there.devices().get("eth0")?.flags.includes("UP"));
    mover.bringBack(move);
    assert.ok(!here.devices().get("v0")?.flags.includes("UP"));
  });
});

test("a NetDeviceMover brings a device back that got stuck with its addresses half given", (t) => {
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  // IPv6 is off there, so the IPv4 address is given and the other one refused.
  const off = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1";
  between([home, off], (mover, here, there) => {
    const move = mover.begin(plan);
    assert.throws(
      () => mover.moveOver(move),
      (error: Error) => {
        assert.equal(error.message, 'moving network device "v0" into the container');
        assert.match(
          (error.cause as Error).message,
          /^rtnetlink fd00:0:0:0:0:0:0:5\/64.*: permission denied$/,
        );
        return true;
      },
    );
    assert.ok(there.devices().has("eth0"));
    mover.bringBack(move);
    assert.deepEqual(globalAddresses(here.devices().get("v0")), ["10.1.2.3/24", "fd00::5/64"]);
  });
});

test("a NetDeviceMover refuses a name that is taken and leaves the device alone", (t) => {
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  between([home, "ip link add eth0 type veth peer name eth1"], (mover, here) => {
    const before = here.ip("address", "show", "dev", "v0");
    const move = mover.begin(plan);
    assert.throws(
      () => mover.moveOver(move),
      (error: Error & { pointer?: string }) => {
        assert.equal(error.pointer, "/linux/netDevices/v0");
        assert.equal((error.cause as Error).message, 'the container has a network device "eth0"');
        return true;
      },
    );
    mover.bringBack(move);
    assert.equal(here.ip("address", "show", "dev", "v0"), before);
  });
});

test("a NetDeviceMover moves a device whose own name is taken when it gets another", (t) => {
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  between([home, "ip link add v0 type veth peer name net0"], (mover, here, there) => {
    const move = mover.begin({ ...plan, target: "net%d" });
    mover.moveOver(move);
    assert.equal(move.inside, "net1");
    assert.ok(there.devices().has("net1"));
    mover.bringBack(move);
    assert.ok(here.devices().has("v0"));
    assert.deepEqual([...there.devices().keys()].sort(), ["lo", "net0", "v0"]);
  });
});

test("a NetDeviceMover names the device that is missing or must stay", (t) => {
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  between(["", ""], (mover) => {
    assert.throws(() => mover.begin(plan), {
      message: 'there is no network device "v0" to move into the container',
      pointer: "/linux/netDevices/v0",
    });
    const lo = mover.begin({ ...plan, name: "lo" });
    assert.throws(
      () => mover.moveOver(lo),
      (error: Error) => {
        assert.match((error.cause as Error).message, /^rtnetlink move to eth0: .*invalid argument$/);
        return true;
      },
    );
    assert.equal(lo.inside, undefined);
  });
});

test("a RouteSocket stays in the namespace in which it was made", (t) => {
  if (!skipUnless(t, getuid?.() === 0, "root")) return;
  between([home, ""], (_, here) => {
    using socket = RouteSocket.open(local);
    assert.deepEqual(
      socket
        .links()
        .map(({ name }) => name)
        .sort(),
      ["lo", "v0", "v1"],
    );
    assert.equal(socket.link("v7"), undefined);
    const link = socket.link("v0");
    assert.ok(link !== undefined && (link.flags & IFF_UP) !== 0);
    const addresses = socket.addresses(link.index).filter(isKept);
    assert.deepEqual(
      addresses.map(({ family, prefixLength }) => [family, prefixLength]),
      [
        [2, 24],
        [10, 64],
      ],
    );
    assert.ok(here.devices().has("v0"));
  });
});
