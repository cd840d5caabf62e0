import assert from "node:assert/strict";
import { test } from "node:test";
import { errorText } from "../../../src/cli/error-text.ts";
import { joinKeyring } from "../../../src/security/keyring.ts";
import { ProcessLabels } from "../../../src/security/labels.ts";
import { AT_FDCWD, O_CREAT, O_RDONLY, O_WRONLY, openat, readAll } from "../../../src/sys/files.ts";
import { mount } from "../../../src/sys/mount.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { inHand } from "../../helpers/in-hand.ts";
import { inMountNamespace } from "../../helpers/mount-namespace.ts";
import { machineHas } from "../../helpers/security-modules.ts";
import { skipUnless } from "../../helpers/skip.ts";

/** Neither a kernel without the module takes it nor one with it: no such profile is loaded, no such context exists. */
const unknown = "tsrun-test-nobody-loads-this";

function processWith(labels: { apparmorProfile?: string; selinuxLabel?: string }) {
  return { cwd: "/", ...labels };
}

/** The one line of an error that `action` throws, as users see it. */
function lineOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    return errorText(error);
  }
  throw new Error("nothing was thrown");
}

for (const [name, labels, text, place] of [
  [
    "profile",
    { apparmorProfile: unknown },
    'unable to apply apparmor profile "tsrun-test-nobody-loads-this"',
    "(apparmor/)?exec",
  ],
  ["label", { selinuxLabel: unknown }, 'can\'t set process label "tsrun-test-nobody-loads-this"', "exec"],
] as const) {
  test(`ProcessLabels.applyAtExec() says which ${name} the kernel does not take, where it was written and by what property`, () => {
    inHand((hand) => {
      using opened = ProcessLabels.open(hand, processWith(labels));
      const line = lineOf(() => opened.applyAtExec());
      const [property = ""] = Object.keys(labels);
      assert.ok(line.startsWith(`${text}: write `), line);
      assert.match(line, new RegExp(` write \`/proc/self/attr/${place}\`: (invalid argument|no such file)`));
      assert.match(line, new RegExp(`\\(config\\.json: /process/${property}\\)`));
    });
  });
}

test("ProcessLabels.labelKeys() says which label the kernel does not take for keys", () => {
  inHand((hand) => {
    using opened = ProcessLabels.open(hand, processWith({ selinuxLabel: unknown }));
    const line = lineOf(() => opened.labelKeys());
    assert.match(
      line,
      /^can't set the label of keys "tsrun-test.*write `\/proc\/self\/attr\/keycreate`: invalid/,
    );
  });
});

test("ProcessLabels.labelKeys() labels the session keyring that is made next", (t) => {
  if (!skipUnless(t, machineHas("selinux"), "selinux")) return;
  const [security, session] = [17, -3];
  const label = "system_u:system_r:unconfined_t:s0:c3,c4";
  inHand((hand) => {
    using opened = ProcessLabels.open(hand, processWith({ selinuxLabel: label }));
    opened.labelKeys();
    joinKeyring(hand, `tsrun-test-${process.pid}`, false);
    const buffer = hand.memory.alloc(256);
    const size = hand.call({ name: "keyctl", args: [security, session, buffer, 256] });
    assert.equal(hand.memory.text(buffer, size - 1), label);
  });
});

test("ProcessLabels writes nothing where there is neither profile nor label", () => {
  inHand((hand) => {
    using opened = ProcessLabels.open(hand, processWith({ apparmorProfile: "", selinuxLabel: "" }));
    opened.labelKeys();
    opened.applyAtExec();
    hand.flush();
  });
});

test("ProcessLabels are not written to what somebody has put over /proc (CVE-2019-16884)", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  inMountNamespace(({ hand }) => {
    const fakes = fakeProc(hand);
    using opened = ProcessLabels.open(hand, processWith({ apparmorProfile: unknown, selinuxLabel: unknown }));
    assert.throws(() => opened.labelKeys());
    assert.throws(() => opened.applyAtExec());
    for (const fake of fakes) {
      using file = openat(hand, AT_FDCWD, fake, O_RDONLY);
      assert.equal(Buffer.from(readAll(hand, file.number, 100)).toString(), "", fake);
    }
  });
});

/** A tmpfs on /proc that takes every write. @returns its files */
function fakeProc(hand: Hand): string[] {
  mount(hand, "tmpfs", "/proc", "tmpfs", 0);
  for (const directory of ["/proc/self", "/proc/self/attr", "/proc/self/attr/apparmor"]) {
    hand.call({ name: "mkdirat", args: [AT_FDCWD, hand.memory.string(directory), 0o777] });
  }
  const files = ["apparmor/exec", "exec", "keycreate"].map((name) => `/proc/self/attr/${name}`);
  for (const path of files) openat(hand, AT_FDCWD, path, O_WRONLY | O_CREAT, 0o666)[Symbol.dispose]();
  hand.flush();
  return files;
}
