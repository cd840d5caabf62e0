import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setLogSink } from "../../../src/base/log.ts";
import { HookError } from "../../../src/hooks/hook-error.ts";
import { runHook, runHooks } from "../../../src/hooks/run.ts";
import type { Hook } from "../../../src/oci/types.ts";
import { AT_FDCWD, fchdir, O_DIRECTORY, openat } from "../../../src/sys/files.ts";

const directory = mkdtempSync(join(tmpdir(), "tsrun-hooks-"));
after(() => rmSync(directory, { recursive: true }));

const state = JSON.stringify({ id: "c1", status: "created" });
const setting = { environment: ["PATH=/usr/bin:/bin", "FROM=runtime"] };

/** A hook that runs a shell script. */
function shell(script: string, rest: Partial<Hook> = {}): Hook {
  return { path: "/bin/sh", args: ["sh", "-c", script], env: ["PATH=/usr/bin:/bin"], ...rest };
}

/** What a script prints into `$OUT`. */
function outputOf(script: string, rest: Partial<Hook> = {}): string {
  const file = join(directory, "out");
  runHook("prestart", 0, shell(script.replaceAll("$OUT", file), rest), state, setting);
  return readFileSync(file, "utf8");
}

function failureOf(hook: Hook, input = state): HookError {
  try {
    runHook("createRuntime", 3, hook, input, setting);
  } catch (error) {
    assert.ok(error instanceof HookError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "the hook did not fail" });
}

test("runHook() passes the state on standard input and closes it", () => {
  assert.equal(outputOf("cat > $OUT"), state);
});

test("runHook() passes a state larger than a pipe holds", () => {
  const large = JSON.stringify({ annotations: { a: "x".repeat(1_000_000) } });
  const file = join(directory, "large");
  runHook("prestart", 0, shell(`sleep 0.05; cat > ${file}`), large, setting);
  assert.equal(readFileSync(file, "utf8"), large);
});

test("runHook() gives args as argv, the path where there are none", () => {
  const script = join(directory, "argv");
  writeFileSync(script, `#!/bin/sh\necho "$0 $#" > ${directory}/argv.out\n`);
  chmodSync(script, 0o755);
  runHook("prestart", 0, { path: script }, state, setting);
  assert.equal(readFileSync(`${directory}/argv.out`, "utf8"), `${script} 0\n`);
  assert.equal(
    outputOf("echo $0 > $OUT", { args: ["other", "-c", `echo "$0" > ${directory}/out`] }),
    "other\n",
  );
});

test("runHook() gives exactly the hook's environment", () => {
  const script = "/usr/bin/env -u PWD -u _ -u SHLVL -u OLDPWD > $OUT";
  assert.equal(outputOf(script, { env: ["A=1", "B=two words"] }), "A=1\nB=two words\n");
  assert.equal(outputOf(script, { env: [] }), "");
});

test("runHook() gives a hook without env the setting's environment", () => {
  const file = join(directory, "environment");
  runHook("prestart", 0, { path: "/bin/sh", args: ["sh", "-c", `echo $FROM > ${file}`] }, state, setting);
  assert.equal(readFileSync(file, "utf8"), "runtime\n");
});

test("runHook() starts hooks with default signals, an empty mask and three descriptors", () => {
  const status = outputOf("cat /proc/self/status > $OUT; ls /proc/self/fd | tr '\\n' ' ' >> $OUT");
  assert.match(status, /^SigBlk:\t0{16}$/m);
  assert.match(status, /^SigIgn:\t0{16}$/m);
  // The fourth is ls's own, of the directory that it lists.
  assert.match(status, /^0 1 2 3 $/m);
});

test("runHook() runs in the directory of the setting", () => {
  const file = join(directory, "pwd");
  runHook("prestart", 0, shell(`pwd > ${file}`), state, { ...setting, directory: "/usr" });
  assert.equal(readFileSync(file, "utf8"), "/usr\n");
});

test("runHook() lets `join` act in the child only", () => {
  const file = join(directory, "joined");
  const before = process.cwd();
  runHook("createContainer", 0, shell(`pwd > ${file}`), state, {
    ...setting,
    join: (hand) => {
      using usr = openat(hand, AT_FDCWD, "/usr", O_DIRECTORY);
      fchdir(hand, usr.number);
      return hand;
    },
  });
  assert.equal(readFileSync(file, "utf8"), "/usr\n");
  assert.equal(process.cwd(), before);
});

test("runHook() runs in a fork that `join` makes", () => {
  const file = join(directory, "forked");
  let pid = 0;
  runHook("createContainer", 0, shell(`echo $$ > ${file}`), state, {
    ...setting,
    join: (hand) => {
      const fork = hand.fork(0x8000);
      hand.destroy();
      pid = fork.pid;
      return fork;
    },
  });
  assert.equal(Number(readFileSync(file, "utf8")), pid);
});

test("runHook() does not mind a hook that closes standard input or ends without reading it", () => {
  const large = "x".repeat(1_000_000);
  runHook("prestart", 0, shell("exec 0<&-; sleep 0.05"), large, setting);
  runHook("prestart", 0, shell("exit 0"), large, setting);
});

test("runHook() reports the exit status and what the hook printed, in one line", () => {
  const error = failureOf(shell("echo fine; echo broken >&2; echo 'really broken' >&2; exit 3"));
  assert.match(
    error.message,
    /^error running createRuntime hook #3: \/bin\/sh: exit status 3 after \d+ ms, stdout: fine, stderr: broken; really broken$/,
  );
  assert.equal(error.pointer, "/hooks/createRuntime/3");
  assert.deepEqual(error.outcome?.end, { status: 3 });
});

test("runHook() keeps the end of a long output", () => {
  const { outcome } = failureOf(
    shell("i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done; exit 1"),
  );
  assert.equal(outcome?.stdout.length, 8192);
  assert.ok(outcome?.stdout.endsWith("line 4998\nline 4999\n"));
});

test("runHook() reports a hook that a signal kills", () => {
  assert.match(failureOf(shell("kill -SEGV $$")).message, /: killed by SIGSEGV after \d+ ms$/);
});

test("runHook() kills a hook whose time is over", () => {
  const started = performance.now();
  const error = failureOf(shell("echo waiting; exec sleep 100", { timeout: 1 }));
  const duration = performance.now() - started;
  assert.match(
    error.message,
    /hook ran past specified timeout of 1\.0s and was killed after \d+ ms, stdout: waiting$/,
  );
  assert.deepEqual(error.outcome?.end, { signal: 9 });
  assert.ok(duration >= 1000 && duration < 20_000, String(duration));
});

test("runHook() does not wait for what a hook leaves behind with its output open", () => {
  const file = join(directory, "background");
  const started = performance.now();
  runHook("poststart", 0, shell(`sleep 30 & echo $! > ${file}`), state, setting);
  process.kill(Number(readFileSync(file, "utf8")));
  assert.ok(performance.now() - started < 20_000);
});

test("runHook() says why a hook can't be started", () => {
  const missing = failureOf({ path: join(directory, "missing") });
  assert.equal(missing.message, "error running createRuntime hook #3");
  assert.equal((missing.cause as Error).message, `execve "${directory}/missing": no such file or directory`);
  const plain = join(directory, "plain");
  writeFileSync(plain, "");
  assert.match(String(failureOf({ path: plain }).cause), /permission denied$/);
  assert.equal(missing.outcome, undefined);
});

test("runHook() leaves no descriptor and no child", () => {
  const before = readdirSync("/proc/self/fd").length;
  for (let i = 0; i < 20; i++) runHook("prestart", 0, { path: "/bin/true" }, state, setting);
  failureOf({ path: "/missing" });
  assert.equal(readdirSync("/proc/self/fd").length, before);
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim();
  assert.equal(children, "");
});

test("runHooks() runs hooks in their order until one fails", () => {
  const file = join(directory, "order");
  const hooks = [shell(`echo 1 >> ${file}`), shell(`echo 2 >> ${file}; exit 1`), shell(`echo 3 >> ${file}`)];
  assert.throws(
    () => runHooks("prestart", hooks, state, setting),
    /error running prestart hook #1: .*exit status 1/,
  );
  assert.equal(readFileSync(file, "utf8"), "1\n2\n");
});

test("runHooks() runs all poststop hooks and warns of those that fail", () => {
  const file = join(directory, "poststop");
  const warnings: string[] = [];
  const previous = setLogSink((level, message) => {
    if (level === "warning") warnings.push(message);
  });
  try {
    const hooks = [shell("exit 1"), { path: "/missing" }, shell(`echo last > ${file}`)];
    runHooks("poststop", hooks, state, setting);
  } finally {
    setLogSink(previous);
  }
  assert.ok(existsSync(file));
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /^error running poststop hook #0: \/bin\/sh: exit status 1/);
  assert.equal(warnings[1], 'error running poststop hook #1: execve "/missing": no such file or directory');
});

test("runHooks() does nothing without hooks", () => {
  runHooks("poststart", undefined, state, setting);
});
