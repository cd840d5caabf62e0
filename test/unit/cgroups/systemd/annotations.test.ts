import assert from "node:assert/strict";
import { test } from "node:test";
import { allowedProperties } from "../../../../src/cgroups/systemd/allowed-properties.ts";
import { annotatedProperties } from "../../../../src/cgroups/systemd/annotations.ts";
import { written } from "../../../helpers/unit-properties.ts";

const read = (annotations: Record<string, string>) => annotatedProperties(annotations).map(written);

/** Annotations as engines write them, and as runc's documentation does. */
const cases: readonly (readonly [name: string, text: string, property: string])[] = [
  ["TimeoutStopUSec", "uint64 10000000", "TimeoutStopUSec:t=10000000"],
  ["TimeoutStopSec", "10", "TimeoutStopUSec:t=10000000"],
  ["TimeoutStopSec", "uint64 10", "TimeoutStopUSec:t=10000000"],
  ["RuntimeMaxSec", "1.5", "RuntimeMaxUSec:t=1500000"],
  ["KillSignal", "15", "KillSignal:i=15"],
  ["CollectMode", "'inactive-or-failed'", "CollectMode:s=inactive-or-failed"],
  ["After", "['crio.service']", "After:as=crio.service"],
  ["DefaultDependencies", "true", "DefaultDependencies:b=true"],
  ["Before", "@as []", "Before:as="],
  ["MemoryHigh", "67108864", "MemoryHigh:t=67108864"],
  ["CPUWeight", "int32 50", "CPUWeight:t=50"],
  ["AllowedCPUs", "@ay [0x03]", "AllowedCPUs:ay=[3]"],
  ["AllowedCPUs", String.raw`b'\001'`, "AllowedCPUs:ay=[1,0]"],
  ["ManagedOOMMemoryPressureLimit", "uint32 4294967295", "ManagedOOMMemoryPressureLimit:u=4294967295"],
  ["Description", '"a web server"', "Description:s=a web server"],
];

for (const [name, text, property] of cases) {
  test(`annotatedProperties() reads ${name}=${text}`, () => {
    assert.deepEqual(read({ [`org.systemd.property.${name}`]: text }), [property]);
  });
}

test("annotatedProperties() passes over other annotations and keeps the order", () => {
  assert.deepEqual(
    read({
      "org.systemd.property": "1",
      "org.systemd.property.TasksMax": "2",
      "io.example": "x",
      "org.systemd.property.IOWeight": "3",
    }),
    ["TasksMax:t=2", "IOWeight:t=3"],
  );
  assert.deepEqual(annotatedProperties(undefined), []);
});

/** What whoever may write annotations must not get (CVE-2024-3154 / GHSA-c5pj-mqfh-rvc3), and why. */
for (const [name, reason] of [
  ["SuccessAction", /acts on the whole machine/],
  ["FailureAction", /acts on the whole machine/],
  ["JobTimeoutAction", /acts on the whole machine/],
  ["RebootArgument", /acts on the whole machine/],
  ["StartLimitAction", /acts on the whole machine/],
  ["OnFailure", /starts or stops other units/],
  ["OnSuccess", /starts or stops other units/],
  ["Requires", /starts or stops other units/],
  ["RequiresMountsFor", /starts or stops other units/],
  ["Wants", /starts or stops other units/],
  ["BindsTo", /starts or stops other units/],
  ["Upholds", /starts or stops other units/],
  ["Conflicts", /starts or stops other units/],
  ["PropagatesStopTo", /starts or stops other units/],
  ["ExecStart", /services, which run programs/],
  ["ExecStopPost", /services, which run programs/],
  ["Environment", /services, which run programs/],
  ["DevicePolicy", /linux\.resources\.devices/],
  ["DeviceAllow", /linux\.resources\.devices/],
  ["BPFProgram", /loads programs/],
  ["IPIngressFilterPath", /loads programs/],
  ["PIDs", /tsrun decides it/],
  ["User", /tsrun decides it/],
  ["Slice", /tsrun decides it/],
  ["Delegate", /tsrun decides it/],
  ["Controller", /tsrun decides it/],
  ["RefuseManualStop", /not among the properties/],
  ["constructor", /not among the properties/],
  ["memoryHigh", /not among the properties/],
] as const) {
  test(`annotatedProperties() refuses ${name}`, () => {
    const key = `org.systemd.property.${name}`;
    assert.ok(!Object.hasOwn(allowedProperties, name));
    assert.throws(() => annotatedProperties({ [key]: "'x'" }), {
      message: new RegExp(`^annotation ${key} is not allowed: .*${reason.source}`),
      pointer: `/annotations/${key}`,
      hint: /^annotations may set After, AllowedCPUs, .*TimeoutStopUSec$/,
    });
  });
}

for (const name of ["", "A", "Ab", "Kill-Signal", "Kill/Signal", "KillSignal ", "Kill.Signal", "ÄÄÄ"]) {
  test(`annotatedProperties() refuses the name ${JSON.stringify(name)}`, () => {
    const key = `org.systemd.property.${name}`;
    assert.throws(() => annotatedProperties({ [key]: "1" }), {
      message: `annotation ${key} name incorrect`,
      pointer: `/annotations/${key.replaceAll("/", "~1")}`,
    });
  });
}

for (const [name, text, message] of [
  ["KillSignal", "SIGTERM", /value parse error: unexpected "SIGTERM"$/],
  ["KillSignal", "2147483648", /value parse error: expected a whole number of 32 bits$/],
  ["TimeoutStopUSec", "'10s'", /value parse error: expected a whole number from 0 to 18446744073709551615$/],
  ["TimeoutStopUSec", "-1", /value parse error: expected a whole number/],
  ["TimeoutStopSec", "'10s'", /value parse error: expected a number of seconds$/],
  ["TimeoutStopSec", "-1", /value parse error: expected a number of seconds$/],
  ["TimeoutStopSec", "18446744073709551615", /value parse error: expected a number of seconds$/],
  ["TimeoutStopSec", "1e999", /value parse error: expected a number of seconds$/],
  [
    "CollectMode",
    "inactive",
    /value parse error: unknown type "inactive" \(text stands in quotes: 'inactive'\)$/,
  ],
  ["After", "'a.service'", /value parse error: expected a list of texts/],
  ["After", "['a.service', 1]", /value parse error: expected a list of texts/],
  ["AllowedCPUs", "[256]", /value parse error: expected bytes/],
  ["SendSIGHUP", "1", /value parse error: expected true or false$/],
] as const) {
  test(`annotatedProperties() refuses ${name}=${text}`, () => {
    const key = `org.systemd.property.${name}`;
    assert.throws(() => annotatedProperties({ [key]: text }), { message, pointer: `/annotations/${key}` });
  });
}
