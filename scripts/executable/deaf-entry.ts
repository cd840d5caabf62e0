/**
 * A new entry point for the compiled executable: it takes the variables that Bun, JavaScriptCore and mimalloc listen to
 * out of the environment, then goes on where the old one would have begun. `BUN_BE_BUN=1` would make tsrun behave as Bun
 * itself, `BUN_OPTIONS` add flags, `BUN_JSC_*` switch the engine about, `NODE_OPTIONS` and the like do what Node does; an
 * engine that starts us passes whatever environment it happens to have.
 *
 * It adds one variable of ours, which the engine reads: no JIT. A command ends before compiled code pays, and without a JIT
 * the engine starts 1 ms earlier and has no memory that is writable and executable.
 *
 * It also goes to / where the working directory was deleted, and ends with a clear line where /proc is not mounted: Bun
 * refuses to start in the one case and crashes in the other.
 *
 * It runs after the dynamic loader (`LD_*`, `GLIBC_TUNABLES` are glibc's own business) and before libc's start-up code, on
 * the arrays of pointers that the kernel left on the stack. They move down by two words, which makes room for the variable,
 * and `environ` is set to where the second then is.
 */

import type { Architecture, Reference, Routine } from "../addon/assemble.ts";

/** A variable whose name begins with one of these is dropped: BUN_, NODE…, JSC_, WTF_, MIMALLOC_, mimalloc_. */
const PREFIXES = ["BUN_", "NODE", "JSC_", "WTF_", "MIMA", "mima"] as const;

const SETTING = "BUN_JSC_useJIT=0";

const environ: Reference = { to: "place", name: "environ" };
const setting: Reference = { to: "place", name: "setting" };
const prefixes: Reference = { to: "place", name: "prefixes" };
const rootDirectory: Reference = { to: "place", name: "rootDirectory" };
const procFile: Reference = { to: "place", name: "procFile" };
const noProc: Reference = { to: "place", name: "noProc" };
const oldEntry: Reference = { to: "place", name: "oldEntry" };

/** Registers that hold something at entry: rsp, and rdx (a function for atexit; System V ABI 3.4.1), which the kernel keeps. */
const x64: Routine = [
  { code: "488b0c24", listing: "mov rcx,QWORD PTR [rsp]" },
  { code: "4889e6", listing: "mov rsi,rsp" },
  { code: "4883ec10", listing: "sub rsp,0x10" },
  { code: "4889e7", listing: "mov rdi,rsp" },
  { code: "4883c102", listing: "add rcx,0x2" },
  { code: "f348a5", listing: "rep movs QWORD PTR es:[rdi],QWORD PTR ds:[rsi]" },
  { code: "48893d00000000", listing: "mov QWORD PTR [rip],rdi", reference: environ },
  // next: the array of variables; the NULL that ends it is copied like the rest.
  { code: "488b06", listing: "mov rax,QWORD PTR [rsi]" },
  { code: "4883c608", listing: "add rsi,0x8" },
  { code: "488907", listing: "mov QWORD PTR [rdi],rax" },
  { code: "4885c0", listing: "test rax,rax" },
  { code: "7420", listing: "je 0x4b" },
  { code: "8b00", listing: "mov eax,DWORD PTR [rax]" },
  { code: "4c8d0500000000", listing: "lea r8,[rip]", reference: prefixes },
  // check: a variable that matches is overwritten by the one after it.
  { code: "418b08", listing: "mov ecx,DWORD PTR [r8]" },
  { code: "4983c004", listing: "add r8,0x4" },
  { code: "85c9", listing: "test ecx,ecx" },
  { code: "7406", listing: "je 0x45" },
  { code: "39c8", listing: "cmp eax,ecx" },
  { code: "75f1", listing: "jne 0x34" },
  { code: "ebd7", listing: "jmp 0x1c" },
  // keep:
  { code: "4883c708", listing: "add rdi,0x8" },
  { code: "ebd1", listing: "jmp 0x1c" },
  // done: the setting becomes the last variable. getcwd(below the stack, 4096), and where that says ENOENT, chdir("/").
  { code: "488d0500000000", listing: "lea rax,[rip]", reference: setting },
  { code: "488907", listing: "mov QWORD PTR [rdi],rax" },
  { code: "48c7470800000000", listing: "mov QWORD PTR [rdi+0x8],0x0" },
  { code: "b84f000000", listing: "mov eax,0x4f" },
  { code: "488dbc2400efffff", listing: "lea rdi,[rsp-0x1100]" },
  { code: "be00100000", listing: "mov esi,0x1000" },
  { code: "0f05", listing: "syscall" },
  { code: "4883f8fe", listing: "cmp rax,0xfffffffffffffffe" },
  { code: "750e", listing: "jne 0x85" },
  { code: "b850000000", listing: "mov eax,0x50" },
  { code: "488d3d00000000", listing: "lea rdi,[rip]", reference: rootDirectory },
  { code: "0f05", listing: "syscall" },
  // go: access("/proc/self/exe", F_OK); where that fails, write(2, noProc) and exit_group(1).
  { code: "b815000000", listing: "mov eax,0x15" },
  { code: "488d3d00000000", listing: "lea rdi,[rip]", reference: procFile },
  { code: "31f6", listing: "xor esi,esi" },
  { code: "0f05", listing: "syscall" },
  { code: "85c0", listing: "test eax,eax" },
  { code: "7424", listing: "je 0xbd" },
  { code: "b801000000", listing: "mov eax,0x1" },
  { code: "bf02000000", listing: "mov edi,0x2" },
  { code: "488d3500000000", listing: "lea rsi,[rip]", reference: noProc },
  { code: "ba1c000000", listing: "mov edx,0x1c" },
  { code: "0f05", listing: "syscall" },
  { code: "b8e7000000", listing: "mov eax,0xe7" },
  { code: "bf01000000", listing: "mov edi,0x1" },
  { code: "0f05", listing: "syscall" },
  // ok:
  { code: "e900000000", listing: "jmp", reference: oldEntry },
];

/** Registers that hold something at entry: sp, and x0 (a function for atexit), which x15 keeps. */
const arm64: Routine = [
  { code: 0xf94003e9, listing: "ldr x9, [sp]" },
  { code: 0x910003ea, listing: "mov x10, sp" },
  { code: 0xd10043ff, listing: "sub sp, sp, #0x10" },
  { code: 0x910003eb, listing: "mov x11, sp" },
  { code: 0x91000929, listing: "add x9, x9, #0x2" },
  // copy: argc, argv and the NULL behind them.
  { code: 0xf840854c, listing: "ldr x12, [x10], #8" },
  { code: 0xf800856c, listing: "str x12, [x11], #8" },
  { code: 0xf1000529, listing: "subs x9, x9, #0x1" },
  { code: 0x54ffffa1, listing: "b.ne 0x14" },
  { code: 0x9000000c, listing: "adrp x12, page", reference: environ },
  { code: 0x9100018c, listing: "add x12, x12, low", reference: environ },
  { code: 0xf900018b, listing: "str x11, [x12]" },
  // next: the array of variables; the NULL that ends it is copied like the rest.
  { code: 0xf840854c, listing: "ldr x12, [x10], #8" },
  { code: 0xf900016c, listing: "str x12, [x11]" },
  { code: 0xb400016c, listing: "cbz x12, 0x64" },
  { code: 0xb940018c, listing: "ldr w12, [x12]" },
  { code: 0x9000000e, listing: "adrp x14, page", reference: prefixes },
  { code: 0x910001ce, listing: "add x14, x14, low", reference: prefixes },
  // check: a variable that matches is overwritten by the one after it.
  { code: 0xb84045cd, listing: "ldr w13, [x14], #4" },
  { code: 0x3400008d, listing: "cbz w13, 0x5c" },
  { code: 0x6b0d019f, listing: "cmp w12, w13" },
  { code: 0x54ffffa1, listing: "b.ne 0x48" },
  { code: 0x17fffff6, listing: "b 0x30" },
  // keep:
  { code: 0x9100216b, listing: "add x11, x11, #0x8" },
  { code: 0x17fffff4, listing: "b 0x30" },
  // done: the setting becomes the last variable. getcwd(below the stack, 4096), and where that says ENOENT, chdir("/").
  { code: 0x9000000c, listing: "adrp x12, page", reference: setting },
  { code: 0x9100018c, listing: "add x12, x12, low", reference: setting },
  { code: 0xa9007d6c, listing: "stp x12, xzr, [x11]" },
  { code: 0xaa0003ef, listing: "mov x15, x0" },
  { code: 0xd1400be0, listing: "sub x0, sp, #0x2, lsl #12" },
  { code: 0xd2820001, listing: "mov x1, #0x1000" },
  { code: 0xd2800228, listing: "mov x8, #0x11" },
  { code: 0xd4000001, listing: "svc #0x0" },
  { code: 0xb100081f, listing: "cmn x0, #0x2" },
  { code: 0x540000a1, listing: "b.ne 0x9c" },
  { code: 0x90000000, listing: "adrp x0, page", reference: rootDirectory },
  { code: 0x91000000, listing: "add x0, x0, low", reference: rootDirectory },
  { code: 0xd2800628, listing: "mov x8, #0x31" },
  { code: 0xd4000001, listing: "svc #0x0" },
  // go: faccessat("/proc/self/exe", F_OK); where that fails, write(2, noProc) and exit_group(1).
  { code: 0x92800c60, listing: "mov x0, #0xffffffffffffff9c" },
  { code: 0x90000001, listing: "adrp x1, page", reference: procFile },
  { code: 0x91000021, listing: "add x1, x1, low", reference: procFile },
  { code: 0xd2800002, listing: "mov x2, #0x0" },
  { code: 0xd2800608, listing: "mov x8, #0x30" },
  { code: 0xd4000001, listing: "svc #0x0" },
  { code: 0xb4000140, listing: "cbz x0, 0xdc" },
  { code: 0xd2800040, listing: "mov x0, #0x2" },
  { code: 0x90000001, listing: "adrp x1, page", reference: noProc },
  { code: 0x91000021, listing: "add x1, x1, low", reference: noProc },
  { code: 0xd2800382, listing: "mov x2, #0x1c" },
  { code: 0xd2800808, listing: "mov x8, #0x40" },
  { code: 0xd4000001, listing: "svc #0x0" },
  { code: 0xd2800020, listing: "mov x0, #0x1" },
  { code: 0xd2800bc8, listing: "mov x8, #0x5e" },
  { code: 0xd4000001, listing: "svc #0x0" },
  // ok:
  { code: 0xaa0f03e0, listing: "mov x0, x15" },
  { code: 0x90000010, listing: "adrp x16, page", reference: oldEntry },
  { code: 0x91000210, listing: "add x16, x16, low", reference: oldEntry },
  { code: 0xd61f0200, listing: "br x16" },
];

export const deafEntry: Record<Architecture, Routine> = { x64, arm64 };

/** What the code reads. */
export const deafEntryData: Readonly<Record<string, string>> = {
  prefixes: `${PREFIXES.join("")}\0\0\0\0`,
  setting: `${SETTING}\0`,
  rootDirectory: "/\0",
  procFile: "/proc/self/exe\0",
  // 28 bytes: the code knows its length.
  noProc: "tsrun: /proc is not mounted\n",
};
