// tsrun seccomp: what a profile becomes, and why it decides as it does.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Seccomp } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { runtimePath } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

const profile: Seccomp = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [
    { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 13 },
    {
      names: ["kill"],
      action: "SCMP_ACT_KILL_PROCESS",
      args: [{ index: 1, value: 10, op: "SCMP_CMP_EQ" }],
    },
  ],
};

function profileFile(box: Sandbox): string {
  const path = join(box.directory, "profile.json");
  writeFileSync(path, JSON.stringify(profile));
  return path;
}

it("seccomp explain names the rule that decides about a call with its arguments", (box) => {
  const explain = (...call: string[]) =>
    box.succeed(["seccomp", "explain", "--arch", "x86_64", profileFile(box), ...call]).stdout;
  assert.equal(
    explain("mkdir"),
    "mkdir(), number 83 on SCMP_ARCH_X86_64: SCMP_ACT_ERRNO 13 (EACCES)\n/syscalls/0: by this rule\n",
  );
  assert.match(explain("kill", "-1", "10"), /SCMP_ACT_KILL_PROCESS\n\/syscalls\/1: by this rule\n$/);
  assert.match(explain("kill", "-1", "9"), /SCMP_ACT_ALLOW\n\/defaultAction: /);
});

it("seccomp explain says as JSON what a bundle's config.json decides", (box) => {
  const bundle = box.bundle((config) => {
    config.linux.seccomp = profile;
  });
  const { stdout } = box.succeed([
    ...["seccomp", "explain", "-a", "arm64", "-f", "json"],
    ...[join(bundle, "config.json"), "mkdirat"],
  ]);
  assert.deepEqual(JSON.parse(stdout), {
    architecture: "SCMP_ARCH_AARCH64",
    number: 34,
    word: 0x5000d,
    action: "SCMP_ACT_ERRNO",
    data: 13,
    reason: "rule",
    pointer: "/linux/seccomp/syscalls/0",
  });
});

it("seccomp compile prints the listing of the program that it prints in binary", (box) => {
  const path = profileFile(box);
  const [head = "", ...lines] = box.succeed(["seccomp", "compile", path]).stdout.trimEnd().split("\n");
  const program = execFileSync(runtimePath, ["seccomp", "compile", "--format", "binary", path]);
  assert.equal(program.length, 8 * lines.length);
  assert.ok(head.includes(`${lines.length} instructions`));
  assert.match(lines[0] ?? "", /^ *0: ld \[4\] +; architecture$/);
  const returned = lines.flatMap((line) => /ret #(0x[0-9a-f]+)/.exec(line)?.[1] ?? []);
  for (const word of ["0x7fff0000", "0x5000d", "0x80000000"]) assert.ok(returned.includes(word), word);
});

it("seccomp refuses what it cannot read, and suggests names", (box) => {
  const path = profileFile(box);
  const explain = (...rest: string[]) => box.fail(["seccomp", "explain", ...rest]);
  assert.match(explain(path, "mkdri"), /unknown system call .*mkdri.* \(did you mean .*mkdir/);
  assert.match(explain("--arch", "x68_64", path, "mkdir"), /unknown architecture .*did you mean/);
  assert.match(explain(path), /requires a minimum of 3/);
  assert.match(explain(path, "kill", "SIGKILL"), /is no number/);
  assert.match(box.fail(["seccomp", "compile", join(box.directory, "missing")]), /no such file or directory/);
  assert.match(box.fail(["seccomp", "disassemble", path]), /known actions: compile, explain/);
  writeFileSync(path, JSON.stringify({ ...profile, defaultAction: "ALLOW" }));
  assert.match(explain(path, "mkdir"), /\/defaultAction: .*did you mean .*SCMP_ACT_ALLOW/);
});
