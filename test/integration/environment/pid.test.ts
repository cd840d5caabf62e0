// A process that has got the number of a container's init, which has ended.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { driverFlags, runtimePath } from "../../helpers/runtime.ts";
import { patience } from "../../helpers/wait.ts";

leaveNothing();

/**
 * Runs in a pid namespace of its own, whose next number it may choose (proc_sys_kernel(5), ns_last_pid; pid_namespaces(7)):
 * the machine's is left alone. $1 is the bundle, $2 a directory; the runtime is what follows.
 */
const script = `
bundle=$1 directory=$2
shift 2
"$@" create --pid-file $directory/pid --bundle $bundle c </dev/null
"$@" start c
pid=$(cat $directory/pid)
kill -KILL $pid
while [ -e /proc/$pid ]; do sleep 0.01; done
while :; do
  echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
  sleep 1000000 &
  [ $! = $pid ] && break
  kill -KILL $!
done
"$@" state c | grep -o '"status": *"[a-z]*"'
"$@" ps c | grep -c sleep
for words in "kill c KILL" "kill --all c KILL" "exec c /bin/true" "start c" "pause c" "update --pids-limit 5 c" "$DELETE c"; do
  "$@" $words 2>&1
  echo "$words: $?"
done
kill -0 $pid && echo alive
`;

for (const deletes of ["delete", "delete --force"]) {
  it(`a process with the number of a container's init is not taken for it, by ${deletes} neither`, (box) => {
    const file = join(box.directory, "script");
    writeFileSync(file, script);
    const bundle = box.bundle((config) => {
      config.process.args = ["/bin/sleep", "1000000"];
    });
    const own = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const call = [runtimePath, "--root", join(box.directory, "own"), ...driverFlags];
    const { stdout, stderr } = spawnSync("unshare", [...own, "bash", file, bundle, box.directory, ...call], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], TSRUN_TEST: box.directory, DELETE: deletes },
      timeout: patience,
      killSignal: "SIGKILL",
    });
    const told = stdout
      .replaceAll(/time=\S+ /g, "")
      .trim()
      .split("\n");
    assert.deepEqual(
      told,
      [
        '"status": "stopped"',
        "0",
        'level=error msg="container not running"',
        "kill c KILL: 1",
        "kill --all c KILL: 0",
        'level=error msg="exec failed: cannot exec in a stopped container"',
        "exec c /bin/true: 255",
        'level=error msg="cannot start a container that has stopped"',
        "start c: 1",
        'level=error msg="container not running"',
        "pause c: 1",
        'level=error msg="container not running"',
        "update --pids-limit 5 c: 1",
        `${deletes} c: 0`,
        "alive",
      ],
      stderr,
    );
  });
}
