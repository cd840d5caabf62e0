import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bundleScript } from "../../helpers/script.ts";

const directory = mkdtempSync(join(tmpdir(), "root-directory-"));
after(() => rmSync(directory, { recursive: true }));
chmodSync(directory, 0o755);

const script = bundleScript(
  directory,
  `import { defaultRoot } from "./root-directory.ts";
    try { console.log(defaultRoot()); } catch (error) { console.log(error.message, error.hint); }`,
  "src/cli",
);

const asRoot = process.geteuid?.() === 0;

/** Any user but root: 65534, or whoever runs the tests. */
const unprivileged = asRoot ? { uid: 65534, gid: 65534 } : {};

/** A directory for that user alone. */
function runtimeDirectory(): string {
  const path = mkdtempSync(join(directory, "xdg-"));
  if (asRoot) {
    chownSync(path, 65534, 65534);
  }
  return path;
}

function defaultRootOf(user: { uid?: number; gid?: number }, env: Record<string, string>): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], {
    ...user,
    env,
    cwd: "/",
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

test("defaultRoot() is below XDG_RUNTIME_DIR for a user, made at once with the sticky bit", () => {
  const xdg = runtimeDirectory();
  assert.equal(defaultRootOf(unprivileged, { XDG_RUNTIME_DIR: xdg }), `${xdg}/tsrun`);
  assert.equal(statSync(`${xdg}/tsrun`).mode & 0o7777, 0o1700);
  assert.equal(defaultRootOf(unprivileged, { XDG_RUNTIME_DIR: xdg }), `${xdg}/tsrun`, "a second time");
});

test("defaultRoot() is /run/tsrun without XDG_RUNTIME_DIR", () => {
  assert.equal(defaultRootOf(unprivileged, {}), "/run/tsrun");
  assert.equal(defaultRootOf(unprivileged, { XDG_RUNTIME_DIR: "" }), "/run/tsrun");
});

test("defaultRoot() says what is wrong with a directory that cannot be used", () => {
  assert.equal(
    defaultRootOf(unprivileged, { XDG_RUNTIME_DIR: "/proc/none" }),
    "the directory in $XDG_RUNTIME_DIR cannot be used set --root",
  );
});

/** Runs the script as root of a new user namespace. */
function defaultRootInNamespace(env: Record<string, string>): string {
  const { stdout, stderr, status } = spawnSync(
    "/usr/bin/unshare",
    ["--user", "--map-root-user", process.execPath, script],
    { env, cwd: "/", encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

test("defaultRoot() honours XDG_RUNTIME_DIR for root in a user namespace unless USER is root", () => {
  const xdg = mkdtempSync(join(directory, "xdg-"));
  assert.equal(defaultRootInNamespace({ XDG_RUNTIME_DIR: xdg, USER: "someone" }), `${xdg}/tsrun`);
  assert.equal(defaultRootInNamespace({ XDG_RUNTIME_DIR: xdg, USER: "root" }), "/run/tsrun");
});
