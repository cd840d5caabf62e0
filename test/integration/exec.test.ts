// What `exec` makes of its flags, and how it ends.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { hostMounts } from "../helpers/mountinfo.ts";
import { lastLine, type Result } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

/** What a shell script prints that is executed in a container; fails unless it succeeds without a word of the runtime's. */
function output(box: Sandbox, id: string, script: string, flags: readonly string[] = []): string {
  const { status, stdout, stderr } = box.call(["exec", ...flags, id, "/bin/sh", "-c", script]);
  assert.deepEqual([status, stderr], [0, ""]);
  return stdout;
}

/** Fails unless `exec` says in one line that it has failed, which is returned, with the status that means that. */
function refusal(result: Result): string {
  assert.equal(result.status, 255, result.stderr);
  assert.match(lastLine(result), /exec failed: /);
  return lastLine(result);
}

it("exec runs a program beside the container's own, and passes its status on", (box) => {
  const id = box.running();
  assert.equal(output(box, id, "echo hello; cat /proc/1/cmdline"), "hello\n/bin/sleep\u00001000000\u0000");
  for (const status of [0, 1, 42, 255]) {
    assert.equal(box.call(["exec", id, "/bin/sh", "-c", `exit ${status}`]).status, status);
  }
  assert.equal(box.call(["exec", id, "/bin/sh", "-c", "kill -KILL $$"]).status, 137);
  assert.equal(box.call(["exec", id, "/bin/sh", "-c", "kill -TERM $$"]).status, 143);
});

it("exec leaves the flags after the container's id to the program", (box) => {
  const id = box.running();
  assert.equal(box.succeed(["exec", id, "echo", "-e", "a", "--help", "--", "-d"]).stdout, "a --help -- -d\n");
});

/** What shows that a file has been written or replaced. */
function marksOf(folder: string): string[] {
  const marks = (path: string) => {
    const { ino, mtimeNs, ctimeNs, size } = statSync(path, { bigint: true });
    return `${path} ${ino} ${mtimeNs} ${ctimeNs} ${size}`;
  };
  return [folder, ...readdirSync(folder).map((name) => join(folder, name))].map(marks);
}

it("exec writes nothing where the container's state is, and mounts nothing on the host", (box) => {
  const id = box.running();
  const state = join(box.root, id);
  const mounts = () => hostMounts().filter(({ line }) => line.includes(box.directory));
  const before = [marksOf(state), mounts()];
  output(box, id, "true");
  box.succeed(["exec", "--detach", id, "/bin/true"]);
  refusal(box.call(["exec", id, "/nowhere"]));
  assert.deepEqual([marksOf(state), mounts()], before);
});

it("exec reads its standard input and writes to both outputs", (box) => {
  const id = box.running();
  const { status, stdout, stderr } = box.call(["exec", id, "/bin/sh", "-c", "cat; echo err >&2"], {
    input: "through\n",
  });
  assert.deepEqual([status, stdout, stderr], [0, "through\n", "err\n"]);
});

it("exec gives the program the variables of the container's and its own, the last of each", (box) => {
  const id = box.running(({ process }) => process.env.push("A=container", "B=container"));
  const script = 'echo "$A $B $C $HOME"';
  assert.equal(
    output(box, id, script, ["-e", "A=exec", "-e", "C=1", "-e", "C=a=b,c"]),
    "exec container a=b,c /root\n",
  );
  assert.equal(output(box, id, 'echo "$A"', ["--env", "A=exec"]), "exec\n");
});

it("exec refuses a variable without a name", (box) => {
  assert.match(refusal(box.call(["exec", "--env", "A", box.running(), "true"])), /env/);
});

it("exec takes a working directory, and refuses one that is missing", (box) => {
  const id = box.running(({ process }) => {
    process.cwd = "/etc";
  });
  assert.equal(output(box, id, "pwd"), "/etc\n");
  assert.equal(output(box, id, "pwd", ["--cwd", "/bin"]), "/bin\n");
  assert.match(refusal(box.call(["exec", "--cwd", "/nowhere", id, "true"])), /no such file or directory/);
  refusal(box.call(["exec", "--cwd", "relative", id, "true"]));
});

it("exec takes user and groups, and HOME from the container's passwd", (box) => {
  const id = box.running(({ process }) => {
    process.user = { uid: 0, gid: 0, additionalGids: [20] };
    process.env = process.env.filter((entry) => !entry.startsWith("HOME="));
  });
  const script = 'echo "$(id -u) $(id -g) $(id -G) $HOME"';
  assert.equal(output(box, id, script), "0 0 0 20 /root\n");
  assert.equal(output(box, id, script, ["--user", "1000"]), "1000 0 0 20 /home/user\n");
  assert.equal(
    output(box, id, script, ["-u", "1000:1001", "-g", "7", "-g", "8"]),
    "1000 1001 1001 7 8 20 /home/user\n",
  );
  assert.equal(output(box, id, script, ["-u", "4711:0"]), "4711 0 0 20 /\n");
});

it("exec has the umask of the container", (box) => {
  assert.equal(output(box, box.running(), "umask"), "0022\n");
  const id = box.running(({ process }) => {
    process.user.umask = 0o27;
  });
  assert.equal(output(box, id, "umask"), "0027\n");
});

it("exec has the limits, the OOM score and the no_new_privs of the container", (box) => {
  const id = box.running(({ process }) => {
    process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 77, hard: 88 }];
    process.oomScoreAdj = 321;
    process.noNewPrivileges = false;
  });
  const script = "ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj; grep NoNewPrivs /proc/self/status";
  assert.equal(output(box, id, script), "77\n88\n321\nNoNewPrivs:\t0\n");
  assert.equal(output(box, id, "grep NoNewPrivs /proc/self/status", ["--no-new-privs"]), "NoNewPrivs:\t1\n");
});

it("exec --no-new-privs=false takes the container's no_new_privs back", (box) => {
  const id = box.running(({ process }) => {
    process.noNewPrivileges = true;
  });
  const script = "grep NoNewPrivs /proc/self/status";
  assert.equal(output(box, id, script), "NoNewPrivs:\t1\n");
  assert.equal(output(box, id, script, ["--no-new-privs=false"]), "NoNewPrivs:\t0\n");
});

it("exec --preserve-fds passes descriptors on and no other", (box) => {
  const id = box.running();
  const path = join(box.directory, "passed");
  writeFileSync(path, "passed");
  const script = "cat <&4; ls /proc/self/fd | tr '\\n' ' '";
  const passed = box.call(["exec", "--preserve-fds=2", id, "/bin/sh", "-c", script], {
    through: ["sh", "-c", `exec 3</dev/null 4<${path} 5</dev/null; exec "$@"`, "sh"],
  });
  assert.deepEqual([passed.status, passed.stdout.trim(), passed.stderr], [0, "passed0 1 2 3 4 5", ""]);
});

it("exec --pid-file tells the process's id on the host", (box) => {
  const id = box.running();
  box.succeed(["exec", "--pid-file", "pid", id, "true"], { cwd: box.directory });
  assert.match(box.read(join(box.directory, "pid")), /^[1-9][0-9]*$/);
});

it("exec without a program that runs writes no pid file (conmon takes it for success)", (box) => {
  const id = box.running();
  const file = join(box.directory, "pid");
  for (const [flags, program] of [
    [[], "/nowhere"],
    [["--cwd", "/nowhere"], "/bin/true"],
    [["--cap", "CAP_SYS_ADMIN", "--user", "4294967295"], "/bin/true"],
  ] as const) {
    refusal(box.call(["exec", "--detach", "--pid-file", file, ...flags, id, program]));
    assert.equal(existsSync(file), false, program);
  }
});

it("exec fails where its pid file cannot be written, and leaves no process", (box) => {
  const id = box.running();
  refusal(box.call(["exec", "--pid-file", "/non-existent/directory", id, "/bin/sleep", "100000"]));
  until("the process to be gone", () => output(box, id, "ps").split("\n").length === 4);
});

it("exec --detach returns once the program runs, which goes on", (box) => {
  const id = box.running(({ root }) => {
    root.readonly = false;
  });
  const file = join(box.directory, "pid");
  box.succeed(["exec", "-d", "--pid-file", file, id, "/bin/sh", "-c", "sleep 0.2; echo done >/tmp/done"]);
  const pid = Number(box.read(file));
  assert.ok(pid > 1);
  until("the program to be done", () => output(box, id, "cat /tmp/done 2>/dev/null || true") === "done\n");
});

it("exec's process ends with the container", async (box) => {
  const id = box.running();
  const running = box.start(["exec", id, "/bin/sh", "-c", "echo ready; sleep 1000000"]);
  until("the program to run", () => readFileSync(running.stdoutFile, "utf8") === "ready\n");
  box.succeed(["kill", id, "KILL"]);
  assert.equal((await running.ended).status, 137);
});

it("exec says in the words that engines look for what its program lacks", (box) => {
  const id = box.running(({ root }) => {
    root.readonly = false;
  });
  output(box, id, "echo text >/tmp/text; printf '#!/nowhere\\n' >/tmp/script; chmod +x /tmp/script");
  for (const [program, words] of [
    ["no-such-program", /executable file not found in \$PATH/],
    ["/nowhere", /no such file or directory/],
    ["/tmp/text", /permission denied/],
    ["/tmp", /is a directory|permission denied/],
    ["/tmp/script", /\/tmp\/script: no such file or directory/],
  ] as const) {
    assert.match(refusal(box.call(["exec", id, program])), words);
  }
});

it("exec refuses a container that does not exist, or has stopped", (box) => {
  assert.match(refusal(box.call(["exec", box.newId(), "true"])), /container does not exist/);
  const { id } = box.create(["/bin/true"]);
  box.succeed(["start", id]);
  box.untilStatus(id, "stopped");
  assert.match(refusal(box.call(["exec", id, "true"])), /cannot exec in a stopped container/);
});

for (const [what, through] of Object.entries({
  "is full": '"$@" 2>/dev/full',
  "is closed": '"$@" 2>&-',
  "has no reader": '{ "$@"; echo $? >"$STATUS"; exit "$(cat "$STATUS")"; } 2>&1 | :; exit "$(cat "$STATUS")"',
})) {
  it(`exec that fails ends with 255 where its standard error ${what}`, (box) => {
    const id = box.running();
    const status = join(box.directory, "status");
    for (const args of [
      ["exec", box.newId(), "true"],
      ["exec", id, "/nowhere"],
      ["--log", "/dev/full", "exec", id, "/nowhere"],
    ]) {
      const options = { through: ["sh", "-c", through, "sh"], env: { STATUS: status } };
      assert.equal(box.call(args, options).status, 255, args.join(" "));
    }
  });
}

it("exec enters a container that is created and not yet started", (box) => {
  const { id } = box.create(["/bin/true"], (config) => {
    config.hostname = "inside";
  });
  assert.equal(output(box, id, "hostname; echo $$ | grep -cv '^1$'"), "inside\n1\n");
  box.succeed(["start", id]);
});

it("exec without a container's id or a program is refused", (box) => {
  assert.equal(box.call(["exec"]).status, 1);
  assert.match(refusal(box.call(["exec", box.running()])), /args cannot be empty/);
});

it("exec writes its failure to the log as one object that engines read", (box) => {
  const id = box.running();
  const log = join(box.directory, "log");
  box.call(["--log", log, "--log-format", "json", "exec", id, "/nowhere"]);
  const { level, msg } = JSON.parse(box.read(log).trim().split("\n").at(-1) ?? "") as Record<string, string>;
  assert.equal(level, "error");
  assert.match(msg ?? "", /^exec failed: .*\/nowhere.*no such file or directory/);
});
