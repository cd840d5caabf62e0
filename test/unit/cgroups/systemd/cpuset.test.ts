import assert from "node:assert/strict";
import { test } from "node:test";
import { toProperties } from "../../../../src/cgroups/systemd/cpuset.ts";
import { testProperties, v1Host, v2Host } from "../../../helpers/unit-properties.ts";

const old = { version: 243, cgroups: 2 } as const;

testProperties(toProperties, [
  ["names CPU 0", { cpu: { cpus: "0" } }, v2Host, ["AllowedCPUs:ay=[1]"]],
  [
    "has the lowest numbers in the first byte",
    { cpu: { cpus: "0-3,7,8" } },
    v2Host,
    ["AllowedCPUs:ay=[143,1]"],
  ],
  [
    "leaves no bytes of 0 at the end",
    { cpu: { cpus: "70" } },
    v2Host,
    ["AllowedCPUs:ay=[0,0,0,0,0,0,0,0,64]"],
  ],
  [
    "knows memory nodes, on v1, too",
    { cpu: { cpus: "1", mems: "0-1" } },
    v1Host,
    ["AllowedCPUs:ay=[2]", "AllowedMemoryNodes:ay=[3]"],
  ],
  ["passes over empty elements and spaces", { cpu: { cpus: " 1, ,2," } }, v2Host, ["AllowedCPUs:ay=[6]"]],
  ["counts an empty text as not set", { cpu: { cpus: "", mems: "" } }, v2Host, []],
  ["knows that systemd 243 has no sets", { cpu: { cpus: "0", mems: "0" } }, old, []],
]);

for (const [cpu, message, pointer] of [
  [{ cpus: "x" }, /^cpuset\.cpus must be numbers and ranges/, "/linux/resources/cpu/cpus"],
  [{ cpus: "3-1" }, /^cpuset\.cpus has a range that ends before it begins/, "/linux/resources/cpu/cpus"],
  [{ mems: "," }, /^cpuset\.mems must not be empty$/, "/linux/resources/cpu/mems"],
  [{ cpus: "4000000000" }, /^cpuset\.cpus must not name numbers above/, "/linux/resources/cpu/cpus"],
] as const) {
  test(`toProperties() refuses ${JSON.stringify(cpu)}, on an old systemd, too`, () => {
    assert.throws(() => toProperties({ cpu }, v2Host), { message, pointer });
    assert.throws(() => toProperties({ cpu }, old), { message, pointer });
  });
}
