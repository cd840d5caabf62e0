import assert from "node:assert/strict";
import { test } from "node:test";
import { hookState } from "../../../src/hooks/state.ts";
import { hookKinds } from "../../../src/oci/hook-kinds.ts";

const state = { ociVersion: "1.3.0", id: "c1", pid: 42, bundle: "/bundle" };

test("hookState() has what the specification demands", () => {
  const annotations = { "org.example": "value" };
  assert.deepEqual(JSON.parse(hookState("prestart", { ...state, annotations })), {
    ...state,
    status: "created",
    annotations,
  });
});

test("hookState() leaves out what there is not", () => {
  const { pid: _, ...gone } = state;
  assert.deepEqual(JSON.parse(hookState("poststop", gone)), { ...gone, status: "stopped" });
});

test("hookState() says where the container is in its life", () => {
  const statuses = hookKinds.map((kind) => (JSON.parse(hookState(kind, state)) as { status: string }).status);
  assert.deepEqual(statuses, ["created", "created", "created", "created", "running", "stopped"]);
});
