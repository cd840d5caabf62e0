import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { TsrunError } from "../../../src/base/errors.ts";
import { enterGroups, makeGroups, removeGroups } from "../../../src/resctrl/group.ts";
import type { ResctrlPlan } from "../../../src/resctrl/plan.ts";
import { withDirectory } from "../../helpers/directory.ts";

function planIn(root: string, changes: Partial<ResctrlPlan> = {}): ResctrlPlan {
  return { root, group: `${root}/g`, isNew: true, monitoring: undefined, writes: [], owned: [], ...changes };
}

test("makeGroups() makes the group and writes its schemata, whole lines", () => {
  withDirectory((root) => {
    const writes = [{ text: "L3:0=3\nL2:0=1", pointer: "/linux/intelRdt/schemata" }];
    makeGroups(planIn(root, { writes }), () => {});
    assert.equal(readFileSync(`${root}/g/schemata`, "utf8"), "L3:0=3\nL2:0=1\n");
  });
});

test("makeGroups() tells of each directory that it made, and of no other", () => {
  withDirectory((root) => {
    mkdirSync(`${root}/g/mon_groups`, { recursive: true });
    const undo: (() => void)[] = [];
    makeGroups(planIn(root, { isNew: false, monitoring: `${root}/g/mon_groups/c1` }), (remove) =>
      undo.push(remove),
    );
    assert.ok(existsSync(`${root}/g/mon_groups/c1`));
    for (const remove of undo) remove();
    assert.ok(!existsSync(`${root}/g/mon_groups/c1`));
    assert.ok(existsSync(`${root}/g`));
  });
});

test("makeGroups() says what the kernel says of a refusal", () => {
  withDirectory((root) => {
    mkdirSync(`${root}/info`);
    mkdirSync(`${root}/g/schemata`, { recursive: true });
    writeFileSync(`${root}/info/last_cmd_status`, "Mask ffff out of range\n");
    const plan = planIn(root, { isNew: false, writes: [{ text: "L3:0=ffff", pointer: "/p" }] });
    assert.throws(
      () => makeGroups(plan, () => {}),
      (error: unknown) => {
        assert.ok(error instanceof TsrunError);
        const step = `writing "L3:0=ffff" to ${root}/g/schemata`;
        assert.equal(error.message, `${step} (resctrl says: Mask ffff out of range)`);
        assert.equal(error.pointer, "/p");
        return true;
      },
    );
    writeFileSync(`${root}/info/last_cmd_status`, "ok\n");
    assert.throws(() => makeGroups(plan, () => {}), { message: `writing "L3:0=ffff" to ${root}/g/schemata` });
  });
});

test("enterGroups() writes the process into the group and then into its monitoring group", () => {
  withDirectory((root) => {
    mkdirSync(`${root}/g/mon_groups/c1`, { recursive: true });
    enterGroups(planIn(root, { monitoring: `${root}/g/mon_groups/c1` }), 4711);
    assert.equal(readFileSync(`${root}/g/tasks`, "utf8"), "4711");
    assert.equal(readFileSync(`${root}/g/mon_groups/c1/tasks`, "utf8"), "4711");
    rmSync(`${root}/g`, { recursive: true });
    assert.throws(() => enterGroups(planIn(root), 4711), { pointer: "/linux/intelRdt" });
  });
});

test("removeGroups() bears groups that are gone, and names one that stays", () => {
  withDirectory((root) => {
    mkdirSync(`${root}/g/m`, { recursive: true });
    assert.throws(() => removeGroups([`${root}/g`]), { message: `removing the resctrl group ${root}/g` });
    removeGroups([`${root}/g/m`, `${root}/none`, `${root}/g`]);
    assert.ok(!existsSync(`${root}/g`));
  });
});
