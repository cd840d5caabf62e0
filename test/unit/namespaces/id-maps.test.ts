import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { getegid, geteuid } from "node:process";
import { test } from "node:test";
import { mapText, writeIdMaps } from "../../../src/namespaces/id-maps.ts";
import type { IdMapping } from "../../../src/oci/types.ts";
import { cloneFlags } from "../../../src/sys/namespaces.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { inHand } from "../../helpers/in-hand.ts";
import { skipUnless } from "../../helpers/skip.ts";

/** Runs `body` with a hand in a new user namespace without maps. */
const withHand = (body: (hand: Hand) => void): void => inHand(body, cloneFlags.user);

function mapOf(hand: Hand, kind: "uid" | "gid"): number[][] {
  const lines = readFileSync(`/proc/${hand.pid}/${kind}_map`, "utf8").trim().split("\n");
  return lines.map((line) => line.trim().split(/\s+/).map(Number));
}

const oneself = (id: number): IdMapping[] => [{ containerID: 0, hostID: id, size: 1 }];

test("mapText() has a line for each mapping", () => {
  const mappings = [
    { containerID: 0, hostID: 100_000, size: 65_536 },
    { containerID: 70_000, hostID: 0, size: 1 },
  ];
  assert.equal(mapText(mappings), "0 100000 65536\n70000 0 1\n");
  assert.equal(mapText([]), "");
});

test("writeIdMaps() maps whoever runs the test", () => {
  withHand((hand) => {
    const [uid, gid] = [geteuid?.() ?? 0, getegid?.() ?? 0];
    writeIdMaps(hand.pid, oneself(uid), oneself(gid));
    assert.deepEqual(mapOf(hand, "uid"), [[0, uid, 1]]);
    assert.deepEqual(mapOf(hand, "gid"), [[0, gid, 1]]);
    const setgroups = readFileSync(`/proc/${hand.pid}/setgroups`, "utf8").trim();
    assert.equal(setgroups, uid === 0 ? "allow" : "deny");
  });
});

test("writeIdMaps() maps ranges for root", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  withHand((hand) => {
    const uids = [
      { containerID: 0, hostID: 100_000, size: 1000 },
      { containerID: 1000, hostID: 0, size: 1 },
    ];
    writeIdMaps(hand.pid, uids, [{ containerID: 5, hostID: 7, size: 3 }]);
    assert.deepEqual(mapOf(hand, "uid"), [
      [0, 100_000, 1000],
      [1000, 0, 1],
    ]);
    assert.deepEqual(mapOf(hand, "gid"), [[5, 7, 3]]);
  });
});

test("writeIdMaps() names the map, its place and its own limits where the kernel refuses it", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  withHand((hand) => {
    const overlapping = [...oneself(0), { containerID: 0, hostID: 5, size: 1 }];
    assert.throws(
      () => writeIdMaps(hand.pid, oneself(0), overlapping),
      (error: Error & { pointer?: string; hint?: string }) => {
        assert.equal(error.message, `writing "0 0 1\\n0 5 1" to /proc/${hand.pid}/gid_map`);
        assert.equal(error.pointer, "/linux/gidMappings");
        assert.match(error.hint ?? "", /^this process has the map 0 0 \d+$/);
        assert.match(String(error.cause), /gid_map: invalid argument$/);
        return true;
      },
    );
  });
});
