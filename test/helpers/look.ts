import assert from "node:assert/strict";
import { checkerPath } from "./bundle.ts";
import { type MountLine, parseMountLine } from "./mountinfo.ts";

/** What test/checker/look.sh saw: lines of the form "topic.name=value". */
export interface Look {
  /** The value of a key; fails if the checker did not see it. */
  value(key: string): string;
  /** The value of a key, or undefined. */
  find(key: string): string | undefined;
  /** All names of a topic with their values. */
  topic(topic: string): ReadonlyMap<string, string>;
  /** The numbers of the open descriptors. */
  descriptors(): string[];
  /** The mount on top at a path; fails if there is none. */
  mount(point: string): MountLine;
  readonly mounts: readonly MountLine[];
}

/** Reads the checker's lines; what does not look like one is part of no value and fails. */
export function parseLook(text: string): Look {
  const values = new Map<string, string>();
  for (const line of text.trimEnd().split("\n")) {
    const equals = line.indexOf("=");
    assert.ok(equals > 0, `not a line of the checker: ${JSON.stringify(line)}`);
    values.set(line.slice(0, equals), line.slice(equals + 1));
  }
  const topic = (name: string) =>
    new Map(
      [...values]
        .filter(([key]) => key.startsWith(`${name}.`))
        .map(([key, value]) => [key.slice(name.length + 1), value]),
    );
  const mounts = [...topic("mount").values()].map(parseMountLine);
  return {
    find: (key) => values.get(key),
    topic,
    mounts,
    descriptors: () =>
      [...topic("fd")].filter(([, target]) => target !== checkerPath).map(([number]) => number),
    value(key) {
      const value = values.get(key);
      assert.ok(value !== undefined, `the checker did not see ${key}`);
      return value;
    },
    mount(point) {
      const mount = mounts.findLast((candidate) => candidate.point === point);
      assert.ok(mount !== undefined, `nothing is mounted at ${point}`);
      return mount;
    },
  };
}
