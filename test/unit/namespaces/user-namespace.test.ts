import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { geteuid } from "node:process";
import { after, test } from "node:test";
import { bundleScript } from "../../helpers/script.ts";
import { skipUnless } from "../../helpers/skip.ts";

const directory = mkdtempSync(join(tmpdir(), "user-namespace-"));
after(() => rmSync(directory, { recursive: true }));
const script = bundleScript(
  directory,
  `import { allowsGroups, inUserNamespace, isUnprivileged } from "./user-namespace.ts";
    console.log(inUserNamespace(), isUnprivileged(), allowsGroups("self"), allowsGroups(process.ppid));`,
  "src/namespaces",
);

/** What the functions say to a process that `through` executes. */
function asked(...through: readonly string[]): string {
  const [command = "", ...args] = [...through, process.execPath, script];
  const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  assert.equal(stderr, "");
  return stdout.trim();
}

test("inUserNamespace(), isUnprivileged() and allowsGroups() tell the host's root from others", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  assert.equal(asked(), "false false true true");
  // As unshare(1) writes the map of its user alone, setgroups(2) is denied; its own parent is outside.
  assert.equal(asked("unshare", "--user", "--map-root-user"), "true true false true");
  chmodSync(directory, 0o755);
  assert.equal(asked("setpriv", "--reuid=65534", "--clear-groups"), "false true true true");
});
