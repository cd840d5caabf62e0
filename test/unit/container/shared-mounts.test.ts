import assert from "node:assert/strict";
import { test } from "node:test";
import { runScript } from "../../helpers/script.ts";
import { skipUnless } from "../../helpers/skip.ts";

/** Prints the types of the mounts below a directory before, with, and without those that came later. */
const script = `
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { detachMountsBelow, mountIdsBelow } from "./src/container/shared-mounts.ts";

const root = mkdtempSync("/tmp/tsrun-test-shared-");
const mount = (point, source) => execFileSync("mount", ["-t", "tmpfs", source, point]);
const sources = () => {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\\n");
  return lines.filter((line) => line.includes(root)).map((line) => line.split(" - ")[1].split(" ")[1]);
};
mkdirSync(root + "/a b");
mkdirSync(root + "-beside");
mount(root + "/a b", "first");
mount(root + "-beside", "beside");
const before = mountIdsBelow(root);
mount(root + "/a b", "second");
mkdirSync(root + "/a b/c");
mount(root + "/a b/c", "third");
mount(root, "fourth");
console.log(JSON.stringify([before.length, sources()]));
detachMountsBelow(root, before);
console.log(JSON.stringify(sources()));
execFileSync("umount", [root + "/a b"]);
execFileSync("umount", [root + "-beside"]);
execFileSync("rmdir", [root + "/a b", root, root + "-beside"]);
`;

test("detachMountsBelow() detaches what has come since mountIdsBelow()", (t) => {
  if (!skipUnless(t, process.getuid?.() === 0, "root")) return;
  const { status, stdout, stderr } = runScript(script, { through: ["unshare", "--mount"] });
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
    [
      [1, ["first", "beside", "second", "third", "fourth"]],
      ["first", "beside"],
    ],
  );
});

/** A mount that was there before comes to lie on one that came later: the path leads to the wrong one. */
const covered = `
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { detachMountsBelow, mountIdsBelow } from "./src/container/shared-mounts.ts";

const root = mkdtempSync("/tmp/tsrun-test-shared-");
execFileSync("mount", ["--make-rprivate", "/"]);
for (const name of ["own", "later"]) mkdirSync(root + "/" + name);
execFileSync("mount", ["-t", "tmpfs", "own", root + "/own"]);
const before = mountIdsBelow(root);
execFileSync("mount", ["-t", "tmpfs", "later", root + "/later"]);
execFileSync("mount", ["--move", root + "/own", root + "/later"]);
detachMountsBelow(root, before);
console.log(mountIdsBelow(root).filter((id) => before.includes(id)).length);
execFileSync("umount", ["--recursive", root + "/later"]);
execFileSync("rmdir", [root + "/own", root + "/later", root]);
`;

test("detachMountsBelow() detaches nothing else where a path leads to another mount by now", (t) => {
  if (!skipUnless(t, process.getuid?.() === 0, "root")) return;
  const { stdout, stderr } = runScript(covered, { through: ["unshare", "--mount"] });
  assert.equal(stdout.trim(), "1", stderr);
});
