// What a filter says of calls that no rule is about, and of calls of another architecture.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { arch } from "node:process";
import type { Seccomp } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { skipUnless } from "../helpers/skip.ts";
import { tinyProgram } from "../helpers/tiny-program.ts";

leaveNothing();

const SIGSYS = 31;
const EADDRNOTAVAIL = 99;

/** getpid(2) and exit(2) with the status 42 by the 32-bit entry, as a program for x86 makes them. */
const x86Calls = [...[0xb8, 20, 0, 0, 0, 0xcd, 0x80], ...[0xbb, 42, 0, 0, 0, 0xb8, 1, 0, 0, 0, 0xcd, 0x80]];

/** Runs it under a filter; the status of the container. */
function runX86(box: Sandbox, seccomp: Seccomp): number | null {
  const bundle = box.bundle((config) => {
    config.process.args = ["/x86"];
    config.linux.seccomp = seccomp;
  });
  writeFileSync(join(bundle, "rootfs/x86"), tinyProgram(x86Calls), { mode: 0o755 });
  return box.call(["run", "--bundle", bundle, box.newId()]).status;
}

const rule = { names: ["acct"], action: "SCMP_ACT_ERRNO" };
const profile = (architectures: string[]): Seccomp => ({
  defaultAction: "SCMP_ACT_ALLOW",
  architectures,
  syscalls: [rule],
});

it("a filter kills what calls by an architecture that it does not name", (box, t) => {
  if (!skipUnless(t, arch === "x64", "x86")) return;
  assert.equal(runX86(box, profile(["SCMP_ARCH_X86_64"])), 128 + SIGSYS);
});

it("a filter lets programs of an architecture run that it names", (box, t) => {
  if (!skipUnless(t, arch === "x64", "x86")) return;
  assert.equal(runX86(box, profile(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"])), 42);
});

it("a filter's rules hold for each architecture that it names", (box, t) => {
  if (!skipUnless(t, arch === "x64", "x86")) return;
  const killing = { names: ["getpid"], action: "SCMP_ACT_KILL_PROCESS" };
  const { defaultAction, architectures } = profile(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]);
  const seccomp = { defaultAction, architectures: architectures ?? [], syscalls: [killing] };
  assert.equal(runX86(box, seccomp), 128 + SIGSYS);
});

/** What a call of mkdir(2) leads to: the status of the program and its words. */
for (const [action, status, words] of [
  ["SCMP_ACT_KILL", 128 + SIGSYS, /^$/],
  ["SCMP_ACT_KILL_THREAD", 128 + SIGSYS, /^$/],
  ["SCMP_ACT_KILL_PROCESS", 128 + SIGSYS, /^$/],
  ["SCMP_ACT_TRAP", 128 + SIGSYS, /^$/],
  ["SCMP_ACT_ERRNO", 1, /Operation not permitted/],
  // Without a tracer.
  ["SCMP_ACT_TRACE", 1, /Function not implemented/],
  ["SCMP_ACT_LOG", 0, /^$/],
  ["SCMP_ACT_ALLOW", 0, /^$/],
] as const) {
  it(`the action ${action} does what the kernel says of it`, (box) => {
    const result = box.run((config) => {
      config.process.args = ["/bin/mkdir", "/dev/shm/made"];
      const syscalls = [{ names: ["mkdir", "mkdirat"], action }];
      const defaultAction = action === "SCMP_ACT_ALLOW" ? "SCMP_ACT_LOG" : "SCMP_ACT_ALLOW";
      config.linux.seccomp = { defaultAction, syscalls };
    });
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, words);
  });
}

/** Which of the signals 0, 10, 12 and 18 kill(2) still sends where it fails for those that the operator is true of. */
for (const [op, argument, sent] of [
  ["SCMP_CMP_NE", { value: 10 }, [10]],
  ["SCMP_CMP_LT", { value: 10 }, [10, 12, 18]],
  ["SCMP_CMP_LE", { value: 10 }, [12, 18]],
  ["SCMP_CMP_EQ", { value: 10 }, [0, 12, 18]],
  ["SCMP_CMP_GE", { value: 10 }, [0]],
  ["SCMP_CMP_GT", { value: 10 }, [0, 10]],
  ["SCMP_CMP_MASKED_EQ", { value: 0b1010, valueTwo: 0b1000 }, [0, 10, 18]],
] as const) {
  it(`the operator ${op} compares an argument`, (box) => {
    const script = "trap : USR1 USR2; for s in 0 10 12 18; do kill -$s $$ 2>/dev/null && echo $s; done; true";
    const seen = box.output(["/bin/sh", "-c", script], (config) => {
      const args = [{ index: 1, op, ...argument }];
      const syscalls = [{ names: ["kill"], action: "SCMP_ACT_ERRNO", args }];
      config.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls };
    });
    assert.deepEqual(seen.trim().split("\n").map(Number), sent);
  });
}

/** What busybox's shell and mkdir call. */
const needed =
  `access arch_prctl brk chdir clone clone3 close dup dup2 dup3 execve exit exit_group faccessat faccessat2 fcntl
  fcntl64 fork fstat futex getcwd getegid geteuid getgid getpgrp getpid getppid getrandom getuid ioctl lseek lstat mmap
  mprotect mremap munmap newfstatat open openat pipe2 prctl prlimit64 read readlink readlinkat rseq rt_sigaction
  rt_sigprocmask rt_sigreturn set_robust_list set_tid_address setpgid sigaltstack stat statx umask uname vfork wait4
  write writev`.split(/\s+/);

function mkdirUnder(box: Sandbox, seccomp: Omit<Seccomp, "syscalls">): string {
  const { stderr } = box.run((config) => {
    config.process.args = ["/bin/mkdir", "/tmp/made"];
    config.linux.seccomp = { ...seccomp, syscalls: [{ names: needed, action: "SCMP_ACT_ALLOW" }] };
  });
  return stderr;
}

it("defaultAction is what becomes of a call that no rule names", (box) => {
  assert.match(mkdirUnder(box, { defaultAction: "SCMP_ACT_ERRNO" }), /Operation not permitted/);
});

it("defaultErrnoRet is the errno of a call that no rule names", (box) => {
  const seccomp = { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: EADDRNOTAVAIL };
  assert.match(mkdirUnder(box, seccomp), /Cannot assign requested address/);
});

/** How many filters a process is under (proc_pid_status(5)). */
function filtersIn(status: string): number {
  return Number(/^Seccomp_filters:\t(\d+)$/m.exec(status)?.[1]);
}

// A flag that the kernel does not know, or not in this form, keeps the program from being executed.
for (const flag of [
  "SECCOMP_FILTER_FLAG_LOG",
  "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
  "SECCOMP_FILTER_FLAG_TSYNC",
]) {
  it(`the seccomp flag ${flag} goes to the kernel with the filter`, (box) => {
    const seen = box.output(["/bin/grep", "^Seccomp_filters:", "/proc/self/status"], (config) => {
      config.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", flags: [flag], syscalls: [rule] };
    });
    assert.equal(filtersIn(seen), filtersIn(readFileSync("/proc/self/status", "utf8")) + 1);
  });
}
