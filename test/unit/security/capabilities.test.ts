import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allCapabilities,
  applyBoundingSet,
  applyCapabilities,
  lastCapability,
  planCapabilities,
} from "../../../src/security/capabilities.ts";
import { inHand, statusOf } from "../../helpers/in-hand.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { warningsOf } from "../../helpers/warnings.ts";

const everything = { last: 40, available: allCapabilities(40) };
const CHOWN = 1n;
const KILL = 1n << 5n;
const CHECKPOINT_RESTORE = 1n << 40n;

test("planCapabilities() drops everything without the section", () => {
  const none = { bounding: 0n, effective: 0n, permitted: 0n, inheritable: 0n, ambient: 0n };
  assert.deepEqual(planCapabilities(undefined, everything), { ...none, last: 40 });
});

test("planCapabilities() keeps the sets apart", () => {
  const plan = planCapabilities(
    {
      bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_CHECKPOINT_RESTORE"],
      permitted: ["CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"],
      effective: ["CAP_CHOWN"],
      inheritable: ["CAP_CHOWN"],
      ambient: ["CAP_CHOWN"],
    },
    everything,
  );
  assert.deepEqual(plan, {
    bounding: CHOWN | KILL | CHECKPOINT_RESTORE,
    permitted: CHOWN | CHECKPOINT_RESTORE,
    effective: CHOWN,
    inheritable: CHOWN,
    ambient: CHOWN,
    last: 40,
  });
});

test("planCapabilities() sets nothing inheritable by itself", () => {
  const plan = planCapabilities({ bounding: ["CAP_KILL"], permitted: ["CAP_KILL"] }, everything);
  assert.equal(plan.inheritable, 0n);
});

test("planCapabilities() refuses inheritable capabilities that the bounding set lacks", () => {
  const wanted = { bounding: ["CAP_CHOWN"], inheritable: ["CAP_CHOWN", "CAP_KILL"] };
  assert.throws(() => planCapabilities(wanted, everything), {
    message:
      "unable to give the inheritable capabilities CAP_KILL, which the bounding set lacks: operation not permitted",
    pointer: "/process/capabilities/inheritable",
  });
  const { inheritable } = planCapabilities(wanted, { ...everything, inheritable: KILL });
  assert.equal(inheritable, CHOWN | KILL);
});

test("planCapabilities() warns of bounding capabilities that are lost, and asks for no others", () => {
  const asked: number[] = [];
  const isBounding = (capability: number): boolean => asked.push(capability) < 0;
  const warnings = warningsOf(() => {
    const limits = { ...everything, available: CHOWN, isBounding };
    assert.equal(planCapabilities({ bounding: ["CAP_CHOWN", "CAP_KILL"] }, limits).bounding, CHOWN);
  });
  assert.deepEqual(asked, [5]);
  assert.deepEqual(warnings, ["can't grant bounding capabilities that tsrun's own set lacks: CAP_KILL"]);
});

test("planCapabilities() leaves unknown names to the check of the configuration", () => {
  const warnings = warningsOf(() => {
    assert.equal(
      planCapabilities({ bounding: ["CAP_FUTURE", "kill", "CAP_KILL"] }, everything).bounding,
      KILL,
    );
  });
  assert.deepEqual(warnings, []);
});

test("planCapabilities() warns once of names that the kernel is too old for", () => {
  const limits = { last: 37, available: allCapabilities(37) };
  const warnings = warningsOf(() => {
    const names = ["CAP_KILL", "CAP_BPF"];
    assert.equal(planCapabilities({ bounding: names, permitted: names }, limits).bounding, KILL);
  });
  assert.deepEqual(warnings, ["ignoring capabilities unknown to the running kernel: CAP_BPF"]);
});

test("planCapabilities() warns of an ambient capability that can't be raised", () => {
  const sets = {
    bounding: ["CAP_CHOWN"],
    permitted: ["CAP_KILL", "CAP_CHOWN"],
    inheritable: ["CAP_CHOWN"],
    ambient: ["CAP_KILL", "CAP_CHOWN"],
  };
  const warnings = warningsOf(() => assert.equal(planCapabilities(sets, everything).ambient, CHOWN));
  assert.deepEqual(warnings, ["can't raise ambient capability CAP_KILL: not both permitted and inheritable"]);
});

test("planCapabilities() refuses what the kernel would refuse at start", () => {
  assert.throws(
    () => planCapabilities({ permitted: ["CAP_CHOWN", "CAP_KILL"] }, { last: 40, available: CHOWN }),
    {
      message:
        "unable to give the permitted capabilities CAP_KILL, which tsrun itself does not have: operation not permitted",
      pointer: "/process/capabilities/permitted",
    },
  );
  assert.throws(() => planCapabilities({ effective: ["CAP_KILL"] }, everything), {
    message:
      "unable to give the effective capabilities CAP_KILL, which are not permitted: operation not permitted",
    pointer: "/process/capabilities/effective",
  });
});

test("lastCapability() is the kernel's", () => {
  assert.ok(lastCapability() >= 38 && lastCapability() < 64);
});

test("applyBoundingSet() and applyCapabilities() give a process its sets", (t) => {
  if (!skipUnless(t, process.getuid?.() === 0, "root")) return;
  const last = lastCapability();
  const names = ["CAP_KILL", "CAP_CHOWN"];
  const sets = {
    bounding: names,
    permitted: names,
    effective: ["CAP_CHOWN"],
    inheritable: ["CAP_KILL"],
    ambient: ["CAP_KILL"],
  };
  const plan = planCapabilities(sets, { last, available: allCapabilities(last) });
  inHand((hand) => {
    applyBoundingSet(hand, plan);
    applyCapabilities(hand, plan);
    hand.flush();
    const status = statusOf(hand.pid);
    const set = (name: string): bigint => BigInt(`0x${status[name] ?? ""}`);
    assert.deepEqual(["CapBnd", "CapPrm", "CapEff", "CapInh", "CapAmb"].map(set), [
      CHOWN | KILL,
      CHOWN | KILL,
      CHOWN,
      KILL,
      KILL,
    ]);
  });
});
