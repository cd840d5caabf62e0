// The program that stands in the runtime's place while engines are tested (test/engines/recorder/): neither its caller nor
// the runtime is to notice. The runtime is a shell here.
import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildRecorder } from "../engines/recorder/build.ts";
import { type Recording, readRecordings } from "../engines/recorder/recording.ts";
import { until } from "../helpers/wait.ts";

const built = buildRecorder();

/** A recorder and, as its runtime, a shell script. */
class Recorded implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "tsrun-recorder-"));
  readonly path: string;
  /** What it passes calls on to. */
  readonly real: string;

  constructor(script: string) {
    this.path = this.file("thing");
    this.real = this.file("real/thing");
    mkdirSync(this.file("real"));
    mkdirSync(this.file("calls"));
    copyFileSync(built, this.path);
    writeFileSync(this.real, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  text(name: string): string {
    return existsSync(this.file(name)) ? readFileSync(this.file(name), "utf8").trim() : "";
  }

  /** Runs a command of the shell in which $thing is the recorder and $real the runtime, in their folder. */
  shell(command: string, input = ""): SpawnSyncReturns<string> {
    const env = { PATH: process.env["PATH"], thing: this.path, real: this.real };
    return spawnSync("sh", ["-c", command], { cwd: this.folder, env, input, encoding: "utf8" });
  }

  get recordings(): Recording[] {
    return readRecordings(this.file("calls"));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

const isAlive = (pid: string) => !/^(Z|X|)$/.test(stateOf(pid));

function stateOf(pid: string): string {
  const file = `/proc/${pid}/status`;
  return (existsSync(file) && /^State:\t(.)/m.exec(readFileSync(file, "utf8"))?.[1]) || "";
}

test("the recorder ends as the runtime ends", () => {
  using box = new Recorded('if [ "$2" = signal ]; then kill -USR1 $$; fi; exit 7');
  assert.equal(box.shell("exec $thing state").status, 7);
  assert.equal(box.shell("exec $thing state signal").signal, "SIGUSR1");
  assert.equal(box.shell("trap '' CHLD; exec $thing state").status, 7);
  assert.deepEqual(
    box.recordings.map(({ end }) => end?.status ?? `signal ${end?.signal}`),
    [7, "signal 10", 7],
  );
});

test("the recorder keeps arguments, environment, directory and descriptors", () => {
  using box = new Recorded("");
  box.shell(`A="a b" exec $thing state 'x\ty' 'ü\\"' 5</dev/zero`);
  const [call] = box.recordings;
  assert.deepEqual(call?.argv, [box.path, "state", "x\ty", 'ü\\"']);
  assert.ok(call.env.includes("A=a b"));
  assert.equal(call.cwd, box.folder);
  assert.equal(call.descriptors["5"], "/dev/zero");
});

test("the runtime has the descriptors and signals that its caller gave, and no other", () => {
  using box = new Recorded(
    'for f in /proc/$$/fd/*; do readlink -v $f; done; exec grep "Sig[BI]" /proc/self/status',
  );
  const { stdout } = box.shell(`
    trap '' HUP
    $thing create 5</dev/zero 9>&1 2>err >seen
    $real create 5</dev/zero 9>&1 2>err >expected
    cat expected`);
  assert.match(stdout, /^\/dev\/zero\n(.*\n)+SigBlk:\t0*\nSigIgn:\t0*1\n$/m);
  assert.equal(box.text("seen").replaceAll("seen", "expected"), stdout.trim());
});

test("the runtime gets the signals that its caller sends", () => {
  using box = new Recorded(
    "trap 'echo winch' WINCH; trap 'echo term; exit 3' TERM; echo $$ >pid; while :; do sleep 0.01; done",
  );
  const { status, stdout } = box.shell(`
    $thing run >out & caller=$!
    until [ -s pid ]; do sleep 0.01; done
    kill -WINCH $caller; until grep -q winch out; do sleep 0.01; done
    kill -TERM $caller; wait $caller; code=$?; cat out; exit $code`);
  assert.deepEqual([status, stdout], [3, "winch\nterm\n"]);
});

test("the runtime ends with its caller, where that wants it to", () => {
  using box = new Recorded("echo $$ >pid; exec sleep 1000");
  box.shell("setpriv --pdeathsig KILL $thing events & until [ -s pid ]; do sleep 0.01; done; kill -KILL $$");
  until("the runtime's end", () => !isAlive(box.text("pid")));
  assert.equal(box.recordings[0]?.end, undefined);
});

test("what the runtime leaves goes to its caller's reaper", () => {
  using box = new Recorded("sleep 1000 >/dev/null 2>&1 & echo $! >pid");
  const script = "$thing create; grep PPid /proc/$(cat pid)/status";
  const { stdout } = box.shell(`unshare --fork --pid --mount-proc --kill-child sh -c '${script}; true'`);
  assert.equal(stdout, "PPid:\t1\n");
});

test("LISTEN_PID is the runtime's own where it was the recorder's", () => {
  using box = new Recorded('[ "$LISTEN_PID" = $$ ] && echo own || echo $LISTEN_PID');
  assert.equal(box.shell("export LISTEN_PID=$$; exec $thing run").stdout, "own\n");
  assert.equal(box.shell("export LISTEN_PID=1; exec $thing run").stdout, "1\n");
});

test("the recorder hands on what the runtime writes, and keeps it", () => {
  using box = new Recorded("echo out; echo error >&2");
  const { stdout, stderr } = box.shell("exec $thing state c");
  assert.deepEqual([stdout, stderr], ["out\n", "error\n"]);
  const [call] = box.recordings;
  assert.deepEqual(call?.end?.stdout, { seen: "relayed", text: "out\n" });
  assert.deepEqual(call?.end?.stderr, { seen: "relayed", text: "error\n" });
});

test("a caller that reads no more is shown to the runtime", () => {
  using box = new Recorded("exec yes");
  box.shell("$thing events | head -n1");
  assert.equal(box.recordings[0]?.end?.signal, 13);
});

test("a container keeps its caller's streams, and what was said to a pipe is seen", () => {
  using box = new Recorded("readlink /proc/$$/fd/2; echo sorry >&2; exit 1");
  const { stdout } = box.shell(`
    { readlink /proc/self/fd/2 >target; $thing create c >seen; touch done; } 2>&1 |
    { until [ -e done ]; do sleep 0.01; done; cat; }`);
  assert.equal(stdout, "sorry\n");
  assert.equal(box.text("seen"), box.text("target"));
  assert.deepEqual(box.recordings[0]?.end?.stderr, { seen: "peeked", text: "sorry\n" });
});

test("the recorder keeps the resources that update reads", () => {
  using box = new Recorded("cat");
  for (const flag of ["--resources=-", "--resources -", "-r -"])
    assert.equal(box.shell(`exec $thing update ${flag} c`, '{"a":1}').stdout, '{"a":1}');
  assert.deepEqual(
    box.recordings.map(({ stdin }) => stdin),
    Array(3).fill('{"a":1}'),
  );
  assert.equal(box.shell("exec $thing state c", "not read").stdout, "not read");
  assert.equal(box.recordings.at(-1)?.stdin, undefined);
});

test("the recorder keeps what the call adds to its log, and its pid file", () => {
  using box = new Recorded("echo new >>log; echo 5 >pid");
  writeFileSync(box.file("log"), "old\n");
  box.shell("exec $thing --debug --root r --log log --log-format json create --bundle b --pid-file pid c");
  const [call] = box.recordings;
  assert.deepEqual([call?.end?.log, call?.end?.pidFile], ["new\n", "5\n"]);
});

test("the recorder does not wait for who has inherited the runtime's output", async () => {
  using box = new Recorded("sleep 1000 & echo $! >pid");
  const child = spawn(box.path, ["start", "c"], { cwd: box.folder, stdio: "ignore" });
  const status = await new Promise((done) => child.once("exit", done));
  process.kill(Number(box.text("pid")), "SIGKILL");
  assert.equal(status, 0);
});
