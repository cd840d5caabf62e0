import assert from "node:assert/strict";
import { geteuid } from "node:process";
import { test } from "node:test";
import { processInfo } from "../../../src/container/process-info.ts";
import { setGid, setgroups, setUid, setUmask } from "../../../src/sys/credentials.ts";
import type { Call } from "../../../src/sys/executor.ts";
import { AT_FDCWD, O_RDONLY, openat, readAll } from "../../../src/sys/files.ts";
import { cloneFlags, setDomainname, setHostname } from "../../../src/sys/namespaces.ts";
import { setNoNewPrivileges } from "../../../src/sys/prctl.ts";
import {
  armParentDeath,
  disarmParentDeath,
  heedsParentDeath,
  resetSignals,
  setDumpable,
} from "../../../src/sys/process.ts";
import type { Hand } from "../../../src/sys/stub/hand.ts";
import { cloneHand, inHand, statusOf } from "../../helpers/in-hand.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { until } from "../../helpers/wait.ts";

const PR_SET_PDEATHSIG = 1;
const PR_GET_PDEATHSIG = 2;
const PR_GET_DUMPABLE = 3;
const SIGKILL = 9;
const SIG_IGN = 1;
const NONE = "0000000000000000";

/** The signal of the parent's death that is in force right behind `calls`, in the same batch. */
function parentDeathSignal(hand: Hand, calls: readonly Call[] = []): number {
  const address = hand.memory.alloc(4);
  hand.attemptAll([...calls, { name: "prctl", args: [PR_GET_PDEATHSIG, address] }]);
  return hand.memory.getU32(address);
}

test("a hand and its fork hear of the parent's death before they have been given anything to do", () => {
  inHand((hand) => {
    assert.equal(parentDeathSignal(hand), SIGKILL);
    const child = hand.fork(0);
    assert.equal(parentDeathSignal(child), SIGKILL);
    child.destroy();
  });
});

test("disarmParentDeath clears the signal, armParentDeath sets it", () => {
  inHand((hand) => {
    assert.equal(parentDeathSignal(hand, [disarmParentDeath]), 0);
    assert.equal(parentDeathSignal(hand, [disarmParentDeath, armParentDeath]), SIGKILL);
  });
});

test("a hand never waits for a turn unheard", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  const user: Call = { name: "setresuid", args: [1000, 1000, 1000] };
  inHand((hand) => {
    assert.equal(parentDeathSignal(hand, [user]), 0, "a change of the user clears it");
    assert.equal(parentDeathSignal(hand), SIGKILL);
  });
  for (const change of [
    (hand: Hand) => hand.call(user),
    (hand: Hand) => hand.attempt(user),
    (hand: Hand) => {
      hand.queue(user);
      for (let count = 0; count < 600; count++) hand.queue({ name: "getpid", args: [] });
      hand.flush();
    },
    (hand: Hand) => {
      hand.queue(user);
      hand.queue({ name: "close", args: [-1] });
      assert.throws(() => hand.flush());
      hand.call({ name: "getpid", args: [] });
    },
  ])
    inHand((hand) => {
      change(hand);
      assert.equal(parentDeathSignal(hand), SIGKILL, change.toString());
    });
});

test("a hand's fork ends with the hand", () => {
  const hand = cloneHand();
  const child = hand.fork(0);
  hand.destroy();
  until("the child to die", () => [undefined, "Z", "X"].includes(processInfo(child.pid)?.state));
  child.destroy();
});

const calls: readonly (readonly [Call, before: boolean, behind: boolean])[] = [
  [{ name: "prctl", args: [PR_SET_PDEATHSIG, SIGKILL] }, false, true],
  [{ name: "prctl", args: [PR_SET_PDEATHSIG, 0] }, true, false],
  [{ name: "prctl", args: [PR_GET_DUMPABLE] }, true, true],
  [{ name: "setresuid", args: [0, 0, 0] }, true, false],
  [{ name: "setresgid", args: [0, 0, 0] }, true, false],
  [{ name: "capset", args: [] }, true, false],
  [{ name: "setns", args: [3, cloneFlags.user] }, true, false],
  [{ name: "setns", args: [3, cloneFlags.mount] }, true, true],
  [{ name: "unshare", args: [cloneFlags.user | cloneFlags.mount] }, true, false],
  [{ name: "unshare", args: [cloneFlags.cgroup] }, true, true],
  [{ name: "unshare", args: [cloneFlags.cgroup] }, false, false],
];

for (const [call, before, behind] of calls) {
  test(`heedsParentDeath() is ${behind} behind ${call.name} ${call.args.join(" ")} after ${before}`, () => {
    assert.equal(heedsParentDeath(call, before), behind);
  });
}

test("heedsParentDeath() never says yes where the kernel has cleared the signal", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  for (const [call, before] of calls) {
    // Capabilities that are set to what they are, a namespace that is not there, change nothing.
    if (call.name === "capset" || call.name === "setns") continue;
    inHand((hand) => {
      const signal = parentDeathSignal(hand, before ? [call] : [disarmParentDeath, call]);
      if (heedsParentDeath(call, before)) assert.equal(signal, SIGKILL, call.name);
    });
  }
});

test("setDumpable() sets the flag", () => {
  inHand((hand) => {
    setDumpable(hand, false);
    assert.equal(hand.call({ name: "prctl", args: [PR_GET_DUMPABLE] }), 0);
    setDumpable(hand, true);
    assert.equal(hand.call({ name: "prctl", args: [PR_GET_DUMPABLE] }), 1);
  });
});

test("resetSignals() leaves no signal ignored, handled or blocked", () => {
  inHand((hand) => {
    const action = hand.memory.alloc(32);
    hand.memory.setAddress(action, SIG_IGN);
    for (const signal of [1, 13, 64]) hand.queue({ name: "rt_sigaction", args: [signal, action, 0, 8] });
    hand.flush();
    assert.notEqual(statusOf(hand.pid)["SigIgn"], NONE);
    assert.notEqual(statusOf(hand.pid)["SigBlk"], NONE, "all were blocked around the clone");
    resetSignals(hand);
    hand.flush();
    const { SigIgn, SigCgt, SigBlk } = statusOf(hand.pid);
    assert.deepEqual([SigIgn, SigCgt, SigBlk], [NONE, NONE, NONE]);
  });
});

test("resetSignals() need only see to what this process ignores where the kernel has cleared its handlers", () => {
  inHand((hand) => {
    resetSignals(hand, hand.handlersCleared);
    hand.flush();
    const { SigIgn, SigCgt, SigBlk } = statusOf(hand.pid);
    assert.deepEqual([SigIgn, SigCgt, SigBlk], [NONE, NONE, NONE]);
  });
});

test("setNoNewPrivileges() holds", () => {
  inHand((hand) => {
    setNoNewPrivileges(hand);
    hand.flush();
    assert.equal(statusOf(hand.pid)["NoNewPrivs"], "1");
  });
});

test("setgroups(), setGid(), setUid() and setUmask() change all ids of the hand alone", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  const own = statusOf(process.pid);
  inHand((hand) => {
    setgroups(hand, [5, 77_777]);
    setGid(hand, 1001);
    setUid(hand, 1000);
    setUmask(hand, 0o27);
    hand.flush();
    const { Uid, Gid, Groups, Umask } = statusOf(hand.pid);
    const four = (id: number) => [id, id, id, id].join("\t");
    assert.deepEqual([Uid, Gid, Groups?.trim(), Umask], [four(1000), four(1001), "5 77777", "0027"]);
  });
  const { Uid, Gid, Groups, Umask } = statusOf(process.pid);
  assert.deepEqual([Uid, Gid, Groups, Umask], [own["Uid"], own["Gid"], own["Groups"], own["Umask"]]);
});

test("setgroups() empties the list", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  inHand((hand) => {
    setgroups(hand, []);
    hand.flush();
    assert.equal(statusOf(hand.pid)["Groups"]?.trim(), "");
  });
});

test("setHostname() and setDomainname() name the hand's namespace", (t) => {
  if (!skipUnless(t, geteuid?.() === 0, "root")) return;
  inHand((hand) => {
    setHostname(hand, "höst");
    setDomainname(hand, "");
    const names = ["hostname", "domainname"].map((name) => {
      using file = openat(hand, AT_FDCWD, `/proc/sys/kernel/${name}`, O_RDONLY);
      return Buffer.from(readAll(hand, file.number, 64)).toString();
    });
    assert.deepEqual(names, ["höst\n", "\n"]);
  }, cloneFlags.uts);
});
