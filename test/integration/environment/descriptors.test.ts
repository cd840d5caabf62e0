// 10,000 descriptors that the caller has open.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";

leaveNothing();

const COUNT = 10_000;

/** What executes a command with descriptors from 3 on, without close-on-exec, each of a file that tells of the host. */
function withMany(box: Sandbox): readonly string[] {
  const file = join(box.directory, "secret");
  writeFileSync(file, "of the host");
  // $^F: up to this one they stay open in what is executed.
  const program = `use POSIX; $^F = ${COUNT}; open(F, "<", "${file}"); POSIX::dup2(3, $_) for 4..${COUNT + 2}; exec(@ARGV)`;
  return ["prlimit", `--nofile=${COUNT + 1000}`, "perl", "-e", program, "--"];
}

const list = ["/bin/sh", "-c", "ls /proc/self/fd"];
/** Standard streams, and the one that ls reads the directory by. */
const own = "0\n1\n2\n3\n";

it(`none of ${COUNT} inherited descriptors comes into a container, by create and start, run, exec or a hook`, (box) => {
  const through = withMany(box);
  const seen = join(box.directory, "hook");
  const bundle = box.bundle((config) => {
    config.process.args = list;
    config.process.rlimits = [];
    const hook = { path: "/bin/sh", args: ["sh", "-c", `ls /proc/self/fd >>${seen}`] };
    config.hooks = { createRuntime: [hook], poststop: [hook] };
  });
  assert.equal(box.succeed(["run", "--bundle", bundle, box.newId()], { through }).stdout, own);
  assert.equal(box.read(seen), own + own);
  const running = box.running();
  assert.equal(box.succeed(["exec", running, ...list], { through }).stdout, own);
  const id = box.newId();
  const created = box.succeed(["create", "--bundle", bundle, id], { through });
  box.succeed(["start", id], { through });
  box.untilStatus(id, "stopped");
  assert.equal(box.read(created.stdoutFile), own);
  for (const args of [["state", id], ["list"], ["delete", id], ["kill", running, "KILL"]]) {
    box.succeed(args, { through });
  }
});

it("of many inherited descriptors those of --preserve-fds come in, and no other", (box) => {
  const through = withMany(box);
  const args = ["/bin/sh", "-c", "cat <&4; ls /proc/self/fd"];
  const id = box.running();
  const expected = `of the host${own}4\n5\n`;
  assert.equal(box.succeed(["exec", "--preserve-fds", "2", id, ...args], { through }).stdout, expected);
});
