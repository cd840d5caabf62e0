import assert from "node:assert/strict";
import { test } from "node:test";
import { goJson } from "../../../src/cli/go-json.ts";
import { orderedState } from "../../../src/cli/state-json.ts";

const state = {
  owner: "",
  created: "2026-11-21T02:31:35.278469728Z",
  rootfs: "/tmp/cli/b/rootfs",
  bundle: "/tmp/cli/b",
  status: "created",
  pid: 5978,
  id: "c1",
  ociVersion: "1.0.2-dev",
} as const;

test("orderedState() gives the bytes of runc's state", () => {
  assert.equal(
    goJson(orderedState(state), "  "),
    `{
  "ociVersion": "1.0.2-dev",
  "id": "c1",
  "pid": 5978,
  "status": "created",
  "bundle": "/tmp/cli/b",
  "rootfs": "/tmp/cli/b/rootfs",
  "created": "2026-11-21T02:31:35.278469728Z",
  "owner": ""
}`,
  );
});

test("orderedState() puts sorted annotations before the owner", () => {
  const text = goJson(orderedState({ ...state, annotations: { b: "2", a: "1" } }));
  assert.match(text, /,"annotations":\{"a":"1","b":"2"\},"owner":""\}$/);
});

test("orderedState() leaves out empty annotations", () => {
  assert.deepEqual(orderedState({ ...state, annotations: {} }), orderedState(state));
});

test("goJson() escapes what Go's encoder escapes", () => {
  assert.equal(goJson({ a: "<&>\u2028" }), '{"a":"\\u003c\\u0026\\u003e\\u2028"}');
  assert.deepEqual(JSON.parse(goJson("<&>\u2029")), "<&>\u2029");
});
