import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import type { Collected } from "../../src/container/gc/gc.ts";
import { type ContainerRecord, parseRecord } from "../../src/container/record.ts";
import type { Sandbox } from "./sandbox.ts";

const validate = new Ajv({ allErrors: true }).compile<Collected[]>(
  JSON.parse(readFileSync("schemas/tsrun/gc.schema.json", "utf8")),
);

/** What gc finds, as it prints it for machines. */
export function gc(box: Sandbox, ...flags: readonly string[]): Collected[] {
  const { stdout } = box.succeed(["gc", "--format", "json", ...flags]);
  const found: unknown = JSON.parse(stdout);
  assert.ok(validate(found), JSON.stringify(validate.errors));
  return found;
}

/** What state.json says of a container. */
export function recordOf(box: Sandbox, id: string): ContainerRecord {
  const path = join(box.root, id, "state.json");
  return parseRecord(box.read(path), path);
}
