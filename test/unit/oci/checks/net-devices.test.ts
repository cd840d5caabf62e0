import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "../../../helpers/documents.ts";

const devices = (netDevices: Record<string, { name?: string }>) => faults({ linux: { netDevices } });

test("checkNetDevices() takes names that the kernel takes", () => {
  assert.deepEqual(
    devices({
      eth0: {},
      eth1: { name: "" },
      "a.b-c_d@#!": { name: "fifteen-bytes-1" },
      é: { name: "net%d" },
    }),
    [],
  );
});

test("checkNetDevices() refuses names that the kernel refuses", () => {
  assert.deepEqual(devices({ "": {}, ".": {}, "a/b": {}, "a%d": {}, "sixteen-bytes-16": {} }), [
    '/linux/netDevices/: "" is not a name',
    '/linux/netDevices/.: "." is not a name',
    '/linux/netDevices/a~1b: "a/b" has white space, a slash or a colon',
    '/linux/netDevices/a%d: "a%d" has a %',
    '/linux/netDevices/sixteen-bytes-16: "sixteen-bytes-16" is longer than 15 bytes',
  ]);
  for (const name of [
    "a b",
    "a\tb",
    "a:b",
    "\u00a0",
    "à",
    "..",
    "%",
    "%d0",
    "a%s",
    "%d%d",
    "fourteenbytes1%d",
  ]) {
    const [fault, ...others] = devices({ eth0: { name } });
    assert.match(fault ?? "", /^\/linux\/netDevices\/eth0\/name: .* (is|has) /);
    assert.deepEqual(others, []);
  }
});

test("checkNetDevices() refuses two devices of one name inside", () => {
  assert.deepEqual(
    devices({ eth0: { name: "net0" }, eth1: { name: "net0" }, eth2: { name: "eth3" }, eth3: {} }),
    [
      '/linux/netDevices/eth1/name: "net0" is the name inside of /linux/netDevices/eth0',
      '/linux/netDevices/eth3: "eth3" is the name inside of /linux/netDevices/eth2',
    ],
  );
  assert.deepEqual(devices({ eth0: { name: "eth1" }, eth1: { name: "eth0" } }), []);
  assert.deepEqual(devices({ eth0: { name: "net%d" }, eth1: { name: "net%d" } }), []);
});

test("checkNetDevices() leaves the loopback device alone", () => {
  assert.deepEqual(devices({ lo: {}, eth0: { name: "lo" } }), [
    "/linux/netDevices/lo: the loopback device stays where it is",
    '/linux/netDevices/eth0/name: "lo" is the name inside of the loopback device',
  ]);
});

test("checkNetDevices() needs a network namespace and root", () => {
  const netDevices = { eth0: {} };
  assert.deepEqual(faults({ linux: { netDevices, namespaces: [{ type: "mount" }, { type: "uts" }] } }), [
    "/linux/netDevices: needs a network namespace in /linux/namespaces",
  ]);
  assert.ok(
    faults({ linux: { netDevices } }, { rootless: true }).includes(
      "/linux/netDevices: only root may move network devices into a container",
    ),
  );
  assert.deepEqual(
    faults({ linux: { netDevices: {}, namespaces: [{ type: "mount" }, { type: "uts" }] } }),
    [],
  );
});
