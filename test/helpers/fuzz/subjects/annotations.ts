import fc from "fast-check";
import { allowedProperties, annotationPrefix } from "../../../../src/cgroups/systemd/allowed-properties.ts";
import { annotatedProperties } from "../../../../src/cgroups/systemd/annotations.ts";
import type { PropertyValue, UnitProperty } from "../../../../src/cgroups/systemd/property.ts";
import { faultOf } from "../fault.ts";
import { hostileStrings } from "../hostile.ts";
import { type Subject, subject } from "../subject.ts";

/** Properties that act on the host or on other units: no annotation may ever set one. */
const refused = [
  "ExecStart",
  "ExecStop",
  "OnFailure",
  "Delegate",
  "DeviceAllow",
  "PIDs",
  "Slice",
  "Wants",
  "Id",
];

const names = fc.oneof(
  { weight: 10, arbitrary: fc.constantFrom(...Object.keys(allowedProperties)) },
  {
    weight: 3,
    arbitrary: fc.constantFrom("TimeoutStopSec", "RuntimeMaxSec", "CPUQuotaPerSecSec", ...refused),
  },
  { weight: 2, arbitrary: hostileStrings },
);

const word = fc.constantFrom(
  ...[
    "true",
    "false",
    "0",
    "1",
    "-1",
    "10",
    "0x1f",
    "010",
    "08",
    "1.5",
    "-1e3",
    "1e999",
    "'a'",
    '"b"',
    "b'\\001'",
    "[]",
  ],
  ...[
    "[",
    "]",
    ",",
    "uint64",
    "int32",
    "byte",
    "boolean",
    "@as",
    "@ay",
    "@",
    "'",
    '"',
    "\\u0000",
    "'\\u12'",
    "'\\ud800'",
  ],
  ...["18446744073709551615", "18446744073709551616", "nothing", "()", "{", "<1>"],
);

const values = fc.oneof(
  { weight: 8, arbitrary: fc.array(word, { maxLength: 6 }).map((words) => words.join(" ")) },
  { weight: 2, arbitrary: fc.array(word, { maxLength: 4 }).map((words) => `[${words.join(", ")}]`) },
  { weight: 2, arbitrary: hostileStrings },
);

function isInRange({ type, value }: PropertyValue): boolean {
  switch (type) {
    case "t":
      return value >= 0n && value < 2n ** 64n;
    case "i":
      return Number.isInteger(value) && value === (value | 0);
    case "u":
      return Number.isInteger(value) && value === value >>> 0;
    case "s":
      return !value.includes("\0");
    case "as":
      return value.every((text) => !text.includes("\0"));
    default:
      return true;
  }
}

function faultIn({ name, value }: UnitProperty): string | undefined {
  if (!Object.hasOwn(allowedProperties, name)) return `lets ${name} pass`;
  if (allowedProperties[name] !== value.type) return `gives ${name} the type ${value.type}`;
  return isInRange(value) ? undefined : `gives ${name} ${String(value.value)}`;
}

/** Annotations that ask for properties of systemd's unit. */
export function annotations(): Subject {
  const maps = fc.dictionary(
    names.map((name) => annotationPrefix + name),
    values,
    { maxKeys: 3 },
  );
  return subject(maps, (map) =>
    faultOf(
      () => annotatedProperties(map),
      (properties) =>
        properties.length === Object.keys(map).length
          ? properties.map(faultIn).find((fault) => fault !== undefined)
          : "loses a property",
    ),
  );
}
