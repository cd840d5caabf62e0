// What an ordinary user may ask for of a process, and what takes privileges on the host.
import assert from "node:assert/strict";
import { type Config, setNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { RootlessSandbox } from "../helpers/rootless.ts";

leaveNothing();

it("an ordinary user may raise oomScoreAdj", (box) => {
  const seen = new RootlessSandbox(box).output("cat /proc/self/oom_score_adj", (config) => {
    config.process.oomScoreAdj = 654;
  });
  assert.equal(seen, "654\n");
});

it("an ordinary user may be nice, by scheduler and ioPriority", (box) => {
  const seen = new RootlessSandbox(box).output("cut -d ' ' -f 19 /proc/self/stat; ionice -p $$", (config) => {
    config.process.scheduler = { policy: "SCHED_OTHER", nice: 7 };
    config.process.ioPriority = { class: "IOPRIO_CLASS_IDLE" };
  });
  assert.deepEqual(seen.trim().split("\n"), ["7", "idle"]);
});

it("an ordinary user may set the clocks of a time namespace", (box) => {
  const seen = new RootlessSandbox(box).output("cat /proc/self/timens_offsets", (config) => {
    setNamespace(config, "time");
    config.linux.timeOffsets = { monotonic: { secs: 1000 } };
  });
  assert.match(seen, /^monotonic +1000 +0$/m);
});

const beyond: readonly [what: string, adjust: (config: Config) => void, words: RegExp][] = [
  [
    "lower oomScoreAdj",
    ({ process }) => {
      process.oomScoreAdj = -1;
    },
    /oom_score_adj.*CAP_SYS_RESOURCE/,
  ],
  [
    "be scheduled before others",
    ({ process }) => {
      process.scheduler = { policy: "SCHED_OTHER", nice: -1 };
    },
    /\/process\/scheduler.*CAP_SYS_NICE/,
  ],
  [
    "have its I/O done before others'",
    ({ process }) => {
      process.ioPriority = { class: "IOPRIO_CLASS_RT" };
    },
    /\/process\/ioPriority.*CAP_SYS_NICE/,
  ],
  [
    "raise a hard limit",
    ({ process }) => {
      process.rlimits = [{ type: "RLIMIT_NICE", soft: 1, hard: 40 }];
    },
    /RLIMIT_NICE.*not permitted.*\/process\/rlimits\/0/,
  ],
];

for (const [what, adjust, words] of beyond) {
  it(`an ordinary user may not ${what}`, (box) => {
    const user = new RootlessSandbox(box);
    assert.match(user.fail(["create", "--bundle", user.bundle(adjust), box.newId()]), words);
    assert.deepEqual(box.containers(), []);
  });
}
