import assert from "node:assert/strict";
import { test } from "node:test";
import type { SystemdHost } from "../../src/cgroups/systemd/host.ts";
import type { UnitProperty } from "../../src/cgroups/systemd/property.ts";
import type { Resources } from "../../src/oci/types.ts";

/** A case of a mapping: what it shows, linux.resources, the host, and the properties as `Name:type=value`. */
export type PropertyCase = readonly [
  name: string,
  resources: Resources,
  host: SystemdHost,
  properties: readonly string[],
];

/** Debian 13's, and the oldest that was the first with cgroup v2 by default. */
export const v2Host: SystemdHost = { version: 257, cgroups: 2 };
export const v1Host: SystemdHost = { version: 247, cgroups: 1 };

/** No limit, as properties say it. */
export const INFINITY = "18446744073709551615";

export function written({ name, value }: UnitProperty): string {
  const isList = value.type === "ay" || value.type === "a(ss)" || value.type === "a(st)";
  const content = isList ? JSON.stringify([...value.value], plain) : String(value.value);
  return `${name}:${value.type}=${content}`;
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

/** Tests that `toProperties` makes of each case's resources exactly its properties, in their order. */
export function testProperties(
  toProperties: (resources: Resources, host: SystemdHost) => readonly UnitProperty[],
  cases: readonly PropertyCase[],
): void {
  for (const [name, resources, host, properties] of cases) {
    test(`toProperties() ${name}`, () =>
      assert.deepEqual(toProperties(resources, host).map(written), properties));
  }
  test("toProperties() says nothing where nothing is asked for", () => {
    assert.deepEqual([...toProperties({}, v2Host), ...toProperties({}, v1Host)], []);
  });
}
