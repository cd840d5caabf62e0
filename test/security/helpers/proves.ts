// A CVE's test file declares its fixture once, as an attack, and `proves` makes the tests of it:
//
//   proves({
//     cve: "CVE-2019-16884",
//     title: "a tmpfs on /proc is refused",
//     attack: (box) => (box.run(...).status === 0 ? "broken: it was mounted" : "held"),
//     without: ["proc-check"],
//   });
//
// - the runtime under test holds;
// - build/tsrun-undefended, each of the defences taken out, is broken: the test can fail;
// - Debian's runc and crun do what peers.ts says of them, where it says something.
//
// The sandbox that the attack gets calls the runtime that is attacked, whichever of these it is. What the attack makes outside
// of the sandbox it has to remove itself. A defence is taken out by a file in test/security/without (is-out.ts lists them all).
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { it } from "../../helpers/it.ts";
import { OLD_KERNEL } from "../../helpers/old-kernel/wrapper.ts";
import { runtimeName, runtimePath } from "../../helpers/runtime.ts";
import { Sandbox } from "../../helpers/sandbox.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { isMeasured, type PeerName, peerPaths, peers } from "../peers.ts";
import type { Defence } from "../without/is-out.ts";
import { CrunSandbox } from "./peer-sandbox.ts";

/** What an attack has come to. */
export type Verdict = "held" | `broken: ${string}`;

/** The runtime that is attacked. */
export interface Attacked {
  /** "tsrun", "runc", "crun" */
  readonly name: string;
  readonly executable: string;
  /** In the environment of calls that do not go through the sandbox. */
  readonly env?: NodeJS.ProcessEnv;
}

/** An attack, and what stands against it. */
export interface Proof {
  /** "CVE-2019-5736", or several, the one that names the file first. */
  readonly cve: string;
  readonly title: string;
  readonly attack: (box: Sandbox, attacked: Attacked) => Verdict | Promise<Verdict>;
  /** Defences any one of which is enough for the attack to succeed when it is out. */
  readonly without: readonly Defence[];
  /** Defences that go only together: they are taken out all at once. */
  readonly together?: readonly Defence[];
  /** Whether an old kernel shows the same with the defence out; only the defended runtime is tested there else. */
  readonly onOldKernel?: boolean;
}

const undefended = resolve("build/tsrun-undefended");
const isOldKernel = process.env[OLD_KERNEL] !== undefined;

/** Makes the tests of an attack. */
export function proves(proof: Proof): void {
  const name = `${proof.cve}: ${proof.title}`;
  const held = async (box: Sandbox) => {
    assert.equal(await proof.attack(box, { name: runtimeName, executable: runtimePath }), "held");
  };
  if (runtimeName !== "tsrun") {
    // It is only here to test the tests; what it does is peers.ts's to say.
    test(name, (t) => void skipUnless(t, false, "otherRuntime"));
    return;
  }
  it(name, held);
  if (!isOldKernel || proof.onOldKernel !== false) proveWithout(name, proof);
  if (!isOldKernel) comparePeers(name, proof);
}

function proveWithout(name: string, { attack, without, together = [] }: Proof): void {
  const sets = [...without.map((defence) => [defence]), ...(together.length > 0 ? [together] : [])];
  for (const set of sets) {
    test(`${name}; without ${set.join(" and ")} it is broken`, async () => {
      const env = { TSRUN_WITHOUT: set.join(",") };
      const verdict = await inSandbox({ executable: undefended, env }, (box) =>
        attack(box, { name: "tsrun", executable: undefended, env }),
      );
      assert.match(verdict, /^broken: /);
    });
  }
}

function comparePeers(name: string, { attack }: Proof): void {
  for (const [peer, expected] of Object.entries(peers[name] ?? {}) as [PeerName, string][]) {
    if (expected === "broken sometimes") continue;
    test(`${name}; Debian's ${peer} is ${expected === "held" ? "not broken" : "broken"}`, async (t: TestContext) => {
      if (!skipUnless(t, isMeasured(peer), "measuredPeer")) return;
      const executable = peerPaths[peer];
      const verdict = await inSandbox({ executable }, (box) => attack(box, { name: peer, executable }));
      assert.equal(verdict.replace(/:.*/s, ""), expected);
    });
  }
}

/** A sandbox for a runtime that may leave it in any state. */
async function inSandbox(
  options: { readonly executable: string; readonly env?: NodeJS.ProcessEnv },
  action: (box: Sandbox) => Verdict | Promise<Verdict>,
): Promise<Verdict> {
  assert.ok(existsSync(options.executable), `${options.executable} is not built (scripts/build.ts)`);
  const box = options.executable === peerPaths.crun ? new CrunSandbox(options) : new Sandbox(options);
  try {
    return await action(box);
  } finally {
    box.abandon();
  }
}
