import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { compileSeccomp } from "../../../src/seccomp/compile.ts";
import { readProfile, withinFile } from "../../../src/seccomp/profile-file.ts";

const directory = mkdtempSync(join(tmpdir(), "tsrun-profile-"));
after(() => rmSync(directory, { recursive: true }));
const file = join(directory, "profile.json");

const container = { architecture: "SCMP_ARCH_X86_64", capabilities: [] } as const;

function read(document: unknown) {
  writeFileSync(file, typeof document === "string" ? document : JSON.stringify(document));
  return readProfile(file, container);
}

/** What is said of a document. */
function messageOf(document: unknown): string {
  try {
    read(document);
  } catch (error) {
    return (error as Error).message.replaceAll(file, "FILE");
  }
  return "";
}

const rule = { names: ["write"], action: "SCMP_ACT_ALLOW" };
const seccomp = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [rule] };

test("readProfile() takes config.json, its seccomp object and the engines' form, and finds places in each", () => {
  const place = "/linux/seccomp/syscalls/0/action";
  const config = read({ ociVersion: "1.3.0", linux: { seccomp }, process: 5 });
  assert.deepEqual(config.profile, seccomp);
  assert.equal(config.locate(place), place);
  const bare = read(seccomp);
  assert.deepEqual(bare.profile, seccomp);
  assert.equal(bare.locate(place), "/syscalls/0/action");
  const other = { ...rule, includes: { caps: ["CAP_BPF"] } };
  const engine = read({
    ...seccomp,
    archMap: null,
    syscalls: [other, { ...rule, excludes: {}, args: null }],
  });
  assert.deepEqual(engine.profile.syscalls, [rule]);
  assert.equal(engine.locate(place), "/syscalls/1/action");
});

test("readProfile() says what is wrong, and where in the file", () => {
  assert.match(messageOf("{"), /^invalid FILE: line 1, column 2/);
  assert.match(messageOf("null"), /neither \/defaultAction nor \/linux\/seccomp/);
  assert.match(messageOf({ ociVersion: "1.3.0" }), /neither/);
  assert.match(
    messageOf({ ...seccomp, syscalls: [{ ...rule, action: "ALLOW" }] }),
    /\/syscalls\/0\/action: /,
  );
  const broken = { linux: { seccomp: { ...seccomp, syscalls: [{ ...rule, action: "ALLOW" }] } } };
  assert.match(messageOf(broken), /\/linux\/seccomp\/syscalls\/0\/action: /);
  assert.match(messageOf({ ...seccomp, archMap: 5 }), /its archMap or syscalls have another form/);
  assert.throws(() => readProfile(join(directory, "missing"), container), /reading the seccomp profile/);
});

test("withinFile() says a fault's place as it is in the file", () => {
  const made = read({ ...seccomp, syscalls: [rule, { ...rule, action: "SCMP_ACT_ERRNO", errnoRet: 65536 }] });
  assert.throws(() => withinFile(made, () => compileSeccomp(made.profile, "x64")), {
    pointer: "/syscalls/1/errnoRet",
  });
});

test("readProfile() refuses what is nested too deep", () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  assert.match(messageOf(`{"defaultAction": ${deep}}`), /^invalid FILE: nested too deep$/);
});
