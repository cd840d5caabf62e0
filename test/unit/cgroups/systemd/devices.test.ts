import assert from "node:assert/strict";
import { test } from "node:test";
import { type KnownDevices, toProperties } from "../../../../src/cgroups/systemd/devices.ts";
import type { SystemdHost } from "../../../../src/cgroups/systemd/host.ts";
import type { DeviceRule } from "../../../../src/oci/types.ts";
import { v1Host, v2Host, written } from "../../../helpers/unit-properties.ts";

const known: KnownDevices = {
  list: () =>
    "Character devices:\n  1 mem\n  5 /dev/tty\n  5 /dev/console\n136 pts\n195 nvidia\n\nBlock devices:\n  7 loop\n259 blkext\n",
  exists: (path) => /^\/dev\/(char\/[15]:[0-9]|block\/7:0)$/.test(path),
};
const old = { version: 239, cgroups: 2 } as const;
const denyAll: DeviceRule = { allow: false, access: "rwm" };
const allowAll: DeviceRule = { allow: true, access: "rwm" };

/** What every container may use (runtime-spec, "Default Devices"). */
const always: readonly (readonly [string, string])[] = [
  ["char-*", "m"],
  ["block-*", "m"],
  ...[3, 5, 7, 8, 9].map((minor) => [`/dev/char/1:${minor}`, "rwm"] as const),
  ["/dev/char/5:0", "rwm"],
  ["/dev/char/5:2", "rwm"],
  ["char-136", "rwm"],
];

/** Rules as `TYPE MAJOR:MINOR ACCESS`, a minus before those that deny; the list that comes of them; what isn't told. */
interface Case {
  readonly what: string;
  readonly host: SystemdHost;
  readonly rules: readonly DeviceRule[];
  readonly policy: string;
  readonly allowed: readonly (readonly [string, string])[];
  readonly untold?: number;
}

const grant = (
  type: string,
  major: number | undefined,
  minor: number | undefined,
  access = "rwm",
): DeviceRule => ({
  allow: true,
  type,
  access,
  ...(major === undefined ? {} : { major }),
  ...(minor === undefined ? {} : { minor }),
});
const deny = (...rule: Parameters<typeof grant>): DeviceRule => ({ ...grant(...rule), allow: false });

const cases: readonly Case[] = [
  { what: "the default", host: v2Host, rules: [denyAll], policy: "strict", allowed: always },
  { what: "no rules", host: v2Host, rules: [], policy: "strict", allowed: always },
  {
    what: "a node, a whole major number and a whole kind",
    host: v1Host,
    rules: [
      denyAll,
      grant("c", 10, 229, "rw"),
      grant("b", 8, undefined, "r"),
      grant("c", undefined, undefined, "r"),
    ],
    policy: "strict",
    allowed: [["/dev/char/10:229", "rw"], ["block-8", "r"], ["char-*", "rm"], ...always.slice(1)],
  },
  { what: "everything", host: v1Host, rules: [allowAll], policy: "auto", allowed: [] },
  {
    what: "everything but a kind, where our program says so",
    host: v2Host,
    rules: [allowAll, deny("b", undefined, undefined)],
    policy: "auto",
    allowed: [],
  },
  {
    what: "everything but a kind on v1, where systemd has the last word",
    host: v1Host,
    rules: [allowAll, deny("b", undefined, undefined)],
    policy: "strict",
    allowed: [],
    untold: 1,
  },
  {
    what: "a denial of what was granted",
    host: v2Host,
    rules: [denyAll, grant("c", 10, 1), grant("c", 10, 2), deny("c", 10, 1, "wm"), deny("c", 10, 2)],
    policy: "strict",
    allowed: [["/dev/char/10:1", "r"], ...always],
  },
  {
    what: "a denial of all of a number's nodes",
    host: v2Host,
    rules: [denyAll, grant("c", 10, 1), deny("c", 10, undefined, "w")],
    policy: "strict",
    allowed: [["/dev/char/10:1", "rm"], ...always],
  },
  {
    what: "a denial of a part, which our program holds",
    host: v2Host,
    rules: [denyAll, grant("b", 8, undefined), deny("b", 8, 0)],
    policy: "strict",
    allowed: [["block-8", "rwm"], ...always],
  },
  {
    what: "a denial of a part on v1, which nobody holds there",
    host: v1Host,
    rules: [denyAll, grant("b", 8, undefined), deny("b", 8, 0)],
    policy: "strict",
    allowed: [["block-8", "rwm"], ...always],
    untold: 1,
  },
  {
    what: "rules before one for all",
    host: v2Host,
    rules: [grant("c", 10, 1), allowAll, grant("c", 10, 2), denyAll, grant("c", 10, 3)],
    policy: "strict",
    allowed: [["/dev/char/10:3", "rwm"], ...always],
  },
  {
    what: "a minor number of any major, too widely",
    host: v2Host,
    rules: [denyAll, grant("c", undefined, 5, "r")],
    policy: "strict",
    allowed: [["char-*", "r"], ...always],
  },
  {
    what: "a minor number of any major on v1, not at all",
    host: v1Host,
    rules: [denyAll, grant("c", undefined, 5, "r")],
    policy: "strict",
    allowed: always,
    untold: 1,
  },
  {
    what: "names of major numbers for an old systemd, and only nodes that exist",
    host: { version: 239, cgroups: 1 },
    rules: [
      denyAll,
      grant("c", 195, undefined),
      grant("b", 7, undefined),
      grant("b", 9, undefined),
      grant("c", 10, 1),
    ],
    policy: "strict",
    allowed: [["char-nvidia", "rwm"], ["block-loop", "rwm"], ...always.slice(0, -1), ["char-pts", "rwm"]],
    untold: 2,
  },
  {
    what: "more for an old systemd on v2",
    host: old,
    rules: [denyAll, grant("b", 9, undefined, "r"), grant("b", 7, 0)],
    policy: "strict",
    allowed: [["block-*", "r"], ["/dev/block/7:0", "rwm"], ...always.slice(0, -1), ["char-pts", "rwm"]],
  },
];

for (const { what, host, rules, policy, allowed, untold = 0 } of cases) {
  test(`toProperties() says ${what}`, () => {
    const result = toProperties({ devices: rules }, host, known);
    const list = allowed.length === 0 ? [] : [`DeviceAllow:a(ss)=${JSON.stringify(allowed)}`];
    assert.deepEqual(result.properties.map(written), [
      `DevicePolicy:s=${policy}`,
      "DeviceAllow:a(ss)=[]",
      ...list,
    ]);
    assert.equal(result.untold.length, untold);
  });
}

test("toProperties() points to the rules that can't be told", () => {
  const { untold } = toProperties({ devices: [denyAll, grant("c", undefined, 5)] }, v1Host, known);
  assert.deepEqual(
    untold.map(({ pointer }) => pointer),
    ["/linux/resources/devices/1"],
  );
});
