import assert from "node:assert/strict";
import { test } from "node:test";
import { TsrunError } from "../../../src/base/errors.ts";
import type { IntelRdt } from "../../../src/oci/types.ts";
import { groupName, planResctrl } from "../../../src/resctrl/plan.ts";
import type { ResctrlView } from "../../../src/resctrl/tree.ts";

/** A machine that has everything, and no group of the name asked for. */
const view: ResctrlView = {
  root: "/r",
  controlsCache: true,
  controlsBandwidth: true,
  monitors: true,
  schemata: undefined,
  isMonitored: false,
};
const plan = (rdt: IntelRdt, seen: Partial<ResctrlView> = {}) => planResctrl(rdt, "c1", { ...view, ...seen });

function refusal(
  rdt: IntelRdt,
  seen: Partial<ResctrlView> = {},
): [message: string, pointer: string | undefined] {
  try {
    plan(rdt, seen);
  } catch (error) {
    assert.ok(error instanceof TsrunError);
    return [error.message, error.pointer];
  }
  throw new assert.AssertionError({ message: "not refused" });
}

test("groupName() is the class of service, or the container's id", () => {
  assert.equal(groupName({ closID: "gold" }, "c1"), "gold");
  assert.equal(groupName({ closID: "" }, "c1"), "c1");
  assert.equal(groupName({ closID: "/" }, "info"), "/");
  assert.throws(() => groupName({}, "info"), { pointer: "/linux/intelRdt" });
});

test("planResctrl() gives a container without a class a group of its own, which goes with it", () => {
  const { group, isNew, monitoring, owned } = plan({});
  assert.deepEqual([group, isNew, monitoring, owned], ["/r/c1", true, undefined, ["/r/c1"]]);
  assert.deepEqual(plan({}, { schemata: "" }).owned, []);
});

test("planResctrl() writes the L3 line first, then bandwidth, then schemata, each by itself", () => {
  const rdt = { schemata: ["L3:0=3", "L2:0=1"], memBwSchema: "MB:0=20", l3CacheSchema: "L3:0=f" };
  assert.deepEqual(plan(rdt).writes, [
    { text: "L3:0=f", pointer: "/linux/intelRdt/l3CacheSchema" },
    { text: "MB:0=20", pointer: "/linux/intelRdt/memBwSchema" },
    { text: "L3:0=3\nL2:0=1", pointer: "/linux/intelRdt/schemata" },
  ]);
});

test("planResctrl() makes a class that is missing if its schemata are given, and leaves it", () => {
  const { isNew, owned } = plan({ closID: "gold", schemata: ["L3:0=f"] });
  assert.deepEqual([isNew, owned], [true, []]);
  assert.deepEqual(refusal({ closID: "gold", enableMonitoring: true }), [
    'there is no class of service "gold" in resctrl',
    "/linux/intelRdt/closID",
  ]);
});

test("planResctrl() joins a class that is there and has the values asked for", () => {
  const rdt = { closID: "gold", l3CacheSchema: "L3:0=f" };
  assert.equal(plan(rdt, { schemata: "L3:0=f;1=ff\n" }).isNew, false);
  assert.equal(plan({ closID: "gold" }, { schemata: "L3:0=f;1=ff\n" }).isNew, false);
  assert.deepEqual(refusal(rdt, { schemata: "L3:0=ff;1=ff\n" }), [
    'the class of service "gold" is not what is asked for: L3:0=f, it has ff',
    "/linux/intelRdt/l3CacheSchema",
  ]);
  assert.deepEqual(refusal({ closID: "gold", memBwSchema: "MB:0=10" }, { schemata: "MB:0=20\n" }), [
    'the class of service "gold" is not what is asked for: MB:0=10, it has 20',
    "/linux/intelRdt/memBwSchema",
  ]);
});

test("planResctrl() writes schemata whatever the class has", () => {
  const { writes } = plan({ closID: "gold", schemata: ["L3:0=1"] }, { schemata: "L3:0=ff\n" });
  assert.deepEqual(writes, [{ text: "L3:0=1", pointer: "/linux/intelRdt/schemata" }]);
});

test("planResctrl() takes / for the default class", () => {
  const { group, monitoring } = plan({ closID: "/", enableMonitoring: true }, { schemata: "L3:0=f\n" });
  assert.deepEqual([group, monitoring], ["/r", "/r/mon_groups/c1"]);
});

test("planResctrl() monitors in a group of the container's name, which goes with it first", () => {
  const { monitoring, owned } = plan({ enableMonitoring: true });
  assert.equal(monitoring, "/r/c1/mon_groups/c1");
  assert.deepEqual(owned, ["/r/c1/mon_groups/c1", "/r/c1"]);
  assert.deepEqual(plan({ closID: "gold", enableMonitoring: true }, { schemata: "" }).owned, [
    "/r/gold/mon_groups/c1",
  ]);
  assert.deepEqual(refusal({ enableMonitoring: true }, { schemata: "", isMonitored: true }), [
    "the monitoring group /r/c1/mon_groups/c1 is there already",
    "/linux/intelRdt/enableMonitoring",
  ]);
});

test("planResctrl() refuses what the machine cannot do", () => {
  assert.deepEqual(refusal({ l3CacheSchema: "L3:0=f" }, { controlsCache: false }), [
    "resctrl on this machine does not control the L3 cache (info/L3)",
    "/linux/intelRdt/l3CacheSchema",
  ]);
  assert.equal(
    refusal({ memBwSchema: "MB:0=9" }, { controlsBandwidth: false })[1],
    "/linux/intelRdt/memBwSchema",
  );
  assert.equal(
    refusal({ enableMonitoring: true }, { monitors: false })[1],
    "/linux/intelRdt/enableMonitoring",
  );
});
