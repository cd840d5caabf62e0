import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isOutOfReach, mayEnter } from "../../../src/container/reach.ts";
import { withDirectory } from "../../helpers/directory.ts";

const range = { containerID: 0, hostID: 100_000, size: 1000 };
const maps = { uids: [range], gids: [range] };

const cases: readonly (readonly [uid: number, gid: number, mode: number, enters: boolean])[] = [
  [0, 0, 0o755, true],
  [0, 0, 0o700, false],
  [0, 0, 0o750, false],
  [0, 0, 0o001, true],
  // Both its own: capabilities.
  [100_000, 100_000, 0o000, true],
  [100_999, 100_999, 0o000, true],
  [100_999, 101_000, 0o070, false],
  // It is the owner, or in the group, and that decides.
  [100_000, 0, 0o100, true],
  [100_000, 0, 0o011, false],
  [0, 100_000, 0o010, true],
  [0, 100_000, 0o701, false],
];

for (const [uid, gid, mode, enters] of cases) {
  test(`mayEnter() a directory of ${uid}:${gid} with mode ${mode.toString(8)}: ${enters}`, () => {
    assert.equal(mayEnter({ uid, gid, mode: 0o40000 | mode }, maps), enters);
  });
}

test("isOutOfReach() looks at each directory on the way, behind links, too", () => {
  withDirectory((directory) => {
    chmodSync(directory, 0o755);
    mkdirSync(join(directory, "shut/inside/deep"), { recursive: true });
    mkdirSync(join(directory, "open"));
    symlinkSync("shut/inside", join(directory, "link"));
    const own = { containerID: 0, hostID: 100_000, size: 1 };
    const others = { uids: [own], gids: [own] };
    assert.equal(isOutOfReach(join(directory, "link/deep"), others), false);
    chmodSync(join(directory, "shut"), 0o700);
    assert.equal(isOutOfReach(join(directory, "link/deep"), others), true);
    assert.equal(isOutOfReach(join(directory, "shut"), others), false);
    assert.equal(isOutOfReach(join(directory, "open"), others), false);
    assert.equal(isOutOfReach(join(directory, "missing"), others), false);
    assert.equal(isOutOfReach("/", others), false);
  });
});
