/**
 * dlopen(3) as the executable calls it: the name "\\x01", which is no file's, loads koffi's addon out of the executable's own
 * file. Bun would unpack an embedded addon to a file in /tmp with a name that anybody can foretell, where /tmp may be missing,
 * read-only, noexec or somebody else's; a memfd needs no directory and leaves nothing. JavaScript cannot make one before it
 * has an addon to make system calls with (bun:ffi needs the JIT, which deaf-entry.ts turns off).
 *
 * Where the executable cannot be opened, no memfd made or not filled (RLIMIT_FSIZE; a filter that knows no memfd_create(2)),
 * dlopen gets the negated errno for a descriptor (EIO where the file is shorter than it should be), which its message then
 * names: src/sys/addon.ts reads it there. Half a library would be a bus error.
 */

import type { Architecture, Reference, Routine } from "../addon/assemble.ts";

const procFile: Reference = { to: "place", name: "procFile" };
const addonName: Reference = { to: "place", name: "addonName" };
const descriptors: Reference = { to: "place", name: "descriptors" };
/** Triples of 64 bits: where a part of the addon begins in the executable, where in the addon, where it ends in the executable. */
const parts: Reference = { to: "place", name: "parts" };
/** The word that holds the address of libc's dlopen, or of what finds it. */
const dlopen: Reference = { to: "place", name: "dlopen" };

/**
 * rdi: the name, esi: the flags. open(executable, O_RDONLY | O_CLOEXEC); memfd_create(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL), and
 * before Linux 6.3 (EINVAL) without the latter: mmap(PROT_EXEC) does not look at the x bits that it takes away, and
 * vm.memfd_noexec=2 wants it.
 */
const x64: Routine = [
  { code: "4885ff", listing: "test rdi,rdi" },
  { code: "0f8412010000", listing: "je 0x11b" },
  { code: "803f01", listing: "cmp BYTE PTR [rdi],0x1" },
  { code: "0f8509010000", listing: "jne 0x11b" },
  { code: "53", listing: "push rbx" },
  { code: "55", listing: "push rbp" },
  { code: "4154", listing: "push r12" },
  { code: "4155", listing: "push r13" },
  { code: "4883ec28", listing: "sub rsp,0x28" },
  { code: "4189f5", listing: "mov r13d,esi" },
  { code: "b802000000", listing: "mov eax,0x2" },
  { code: "488d3d00000000", listing: "lea rdi,[rip]", reference: procFile },
  { code: "be00000800", listing: "mov esi,0x80000" },
  { code: "0f05", listing: "syscall" },
  { code: "89c3", listing: "mov ebx,eax" },
  { code: "89c5", listing: "mov ebp,eax" },
  { code: "85c0", listing: "test eax,eax" },
  { code: "787d", listing: "js 0xb7" },
  { code: "b83f010000", listing: "mov eax,0x13f" },
  { code: "488d3d00000000", listing: "lea rdi,[rip]", reference: addonName },
  { code: "be09000000", listing: "mov esi,0x9" },
  { code: "0f05", listing: "syscall" },
  { code: "83f8ea", listing: "cmp eax,0xffffffea" },
  { code: "750c", listing: "jne 0x5e" },
  { code: "b83f010000", listing: "mov eax,0x13f" },
  { code: "be01000000", listing: "mov esi,0x1" },
  { code: "0f05", listing: "syscall" },
  // made: each part to its place in the memfd.
  { code: "89c5", listing: "mov ebp,eax" },
  { code: "85c0", listing: "test eax,eax" },
  { code: "7853", listing: "js 0xb7" },
  { code: "4c8d2500000000", listing: "lea r12,[rip]", reference: parts },
  // part: lseek(memfd, place, SEEK_SET), then sendfile(memfd, executable, &offset, rest) until all of it is there.
  { code: "498b0424", listing: "mov rax,QWORD PTR [r12]" },
  { code: "48890424", listing: "mov QWORD PTR [rsp],rax" },
  { code: "b808000000", listing: "mov eax,0x8" },
  { code: "89ef", listing: "mov edi,ebp" },
  { code: "498b742408", listing: "mov rsi,QWORD PTR [r12+0x8]" },
  { code: "31d2", listing: "xor edx,edx" },
  { code: "0f05", listing: "syscall" },
  // more:
  { code: "b828000000", listing: "mov eax,0x28" },
  { code: "89ef", listing: "mov edi,ebp" },
  { code: "89de", listing: "mov esi,ebx" },
  { code: "4889e2", listing: "mov rdx,rsp" },
  { code: "4d8b542410", listing: "mov r10,QWORD PTR [r12+0x10]" },
  { code: "4c2b1424", listing: "sub r10,QWORD PTR [rsp]" },
  { code: "7411", listing: "je 0xab" },
  { code: "0f05", listing: "syscall" },
  { code: "4885c0", listing: "test rax,rax" },
  { code: "7fe2", listing: "jg 0x83" },
  { code: "bdfbffffff", listing: "mov ebp,0xfffffffb" },
  { code: "0f4ce8", listing: "cmovl ebp,eax" },
  { code: "eb0c", listing: "jmp 0xb7" },
  // copied:
  { code: "4983c418", listing: "add r12,0x18" },
  { code: "49837c241000", listing: "cmp QWORD PTR [r12+0x10],0x0" },
  { code: "75b4", listing: "jne 0x6b" },
  // load: close(executable); the name of the memfd is written from its end.
  { code: "b803000000", listing: "mov eax,0x3" },
  { code: "89df", listing: "mov edi,ebx" },
  { code: "0f05", listing: "syscall" },
  { code: "488d7c2427", listing: "lea rdi,[rsp+0x27]" },
  { code: "c60700", listing: "mov BYTE PTR [rdi],0x0" },
  { code: "89e8", listing: "mov eax,ebp" },
  { code: "b90a000000", listing: "mov ecx,0xa" },
  // digit:
  { code: "31d2", listing: "xor edx,edx" },
  { code: "f7f1", listing: "div ecx" },
  { code: "83c230", listing: "add edx,0x30" },
  { code: "48ffcf", listing: "dec rdi" },
  { code: "8817", listing: "mov BYTE PTR [rdi],dl" },
  { code: "85c0", listing: "test eax,eax" },
  { code: "75f0", listing: "jne 0xcf" },
  { code: "4883ef0e", listing: "sub rdi,0xe" },
  { code: "488d0d00000000", listing: "lea rcx,[rip]", reference: descriptors },
  { code: "488b01", listing: "mov rax,QWORD PTR [rcx]" },
  { code: "488907", listing: "mov QWORD PTR [rdi],rax" },
  { code: "488b4106", listing: "mov rax,QWORD PTR [rcx+0x6]" },
  { code: "48894706", listing: "mov QWORD PTR [rdi+0x6],rax" },
  { code: "4489ee", listing: "mov esi,r13d" },
  { code: "ff1500000000", listing: "call QWORD PTR [rip]", reference: dlopen },
  { code: "4889c3", listing: "mov rbx,rax" },
  { code: "b803000000", listing: "mov eax,0x3" },
  { code: "89ef", listing: "mov edi,ebp" },
  { code: "0f05", listing: "syscall" },
  { code: "4889d8", listing: "mov rax,rbx" },
  { code: "4883c428", listing: "add rsp,0x28" },
  { code: "415d", listing: "pop r13" },
  { code: "415c", listing: "pop r12" },
  { code: "5d", listing: "pop rbp" },
  { code: "5b", listing: "pop rbx" },
  { code: "c3", listing: "ret" },
  // real:
  { code: "ff2500000000", listing: "jmp QWORD PTR [rip]", reference: dlopen },
];

/** x0: the name, w1: the flags. The same. dlopen's resolver wants the address of its word in x16. */
const arm64: Routine = [
  { code: 0xb4000b40, listing: "cbz x0, 0x168" },
  { code: 0x39400009, listing: "ldrb w9, [x0]" },
  { code: 0x7100053f, listing: "cmp w9, #0x1" },
  { code: 0x54000ae1, listing: "b.ne 0x168" },
  { code: 0xa9ba7bfd, listing: "stp x29, x30, [sp, #-96]!" },
  { code: 0xa90153f3, listing: "stp x19, x20, [sp, #16]" },
  { code: 0xa9025bf5, listing: "stp x21, x22, [sp, #32]" },
  { code: 0x2a0103f6, listing: "mov w22, w1" },
  { code: 0x92800c60, listing: "mov x0, #0xffffffffffffff9c" },
  { code: 0x90000001, listing: "adrp x1, page", reference: procFile },
  { code: 0x91000021, listing: "add x1, x1, low", reference: procFile },
  { code: 0xd2a00102, listing: "mov x2, #0x80000" },
  { code: 0xd2800708, listing: "mov x8, #0x38" },
  { code: 0xd4000001, listing: "svc #0x0" },
  { code: 0x2a0003f3, listing: "mov w19, w0" },
  { code: 0x2a0003f4, listing: "mov w20, w0" },
  { code: 0x37f80500, listing: "tbnz w0, #31, 0xe0" },
  { code: 0x90000000, listing: "adrp x0, page", reference: addonName },
  { code: 0x91000000, listing: "add x0, x0, low", reference: addonName },
  { code: 0xd2800121, listing: "mov x1, #0x9" },
  { code: 0xd28022e8, listing: "mov x8, #0x117" },
  { code: 0xd4000001, listing: "svc #0x0" },
  { code: 0x3100581f, listing: "cmn w0, #0x16" },
  { code: 0x540000a1, listing: "b.ne 0x70" },
  { code: 0x90000000, listing: "adrp x0, page", reference: addonName },
  { code: 0x91000000, listing: "add x0, x0, low", reference: addonName },
  { code: 0xd2800021, listing: "mov x1, #0x1" },
  { code: 0xd4000001, listing: "svc #0x0" },
  // made: each part to its place in the memfd.
  { code: 0x2a0003f4, listing: "mov w20, w0" },
  { code: 0x37f80360, listing: "tbnz w0, #31, 0xe0" },
  { code: 0x90000015, listing: "adrp x21, page", reference: parts },
  { code: 0x910002b5, listing: "add x21, x21, low", reference: parts },
  // part: lseek(memfd, place, SEEK_SET), then sendfile(memfd, executable, &offset, rest) until all of it is there.
  { code: 0xf94002a9, listing: "ldr x9, [x21]" },
  { code: 0xf9001be9, listing: "str x9, [sp, #48]" },
  { code: 0x2a1403e0, listing: "mov w0, w20" },
  { code: 0xf94006a1, listing: "ldr x1, [x21, #8]" },
  { code: 0xd2800002, listing: "mov x2, #0x0" },
  { code: 0xd28007c8, listing: "mov x8, #0x3e" },
  { code: 0xd4000001, listing: "svc #0x0" },
  // more:
  { code: 0x2a1403e0, listing: "mov w0, w20" },
  { code: 0x2a1303e1, listing: "mov w1, w19" },
  { code: 0x9100c3e2, listing: "add x2, sp, #0x30" },
  { code: 0xf9400aa3, listing: "ldr x3, [x21, #16]" },
  { code: 0xf9401be9, listing: "ldr x9, [sp, #48]" },
  { code: 0xeb090063, listing: "subs x3, x3, x9" },
  { code: 0x54000100, listing: "b.eq 0xd4" },
  { code: 0xd28008e8, listing: "mov x8, #0x47" },
  { code: 0xd4000001, listing: "svc #0x0" },
  { code: 0xf100001f, listing: "cmp x0, #0x0" },
  { code: 0x54fffecc, listing: "b.gt 0x9c" },
  { code: 0x12800089, listing: "mov w9, #0xfffffffb" },
  { code: 0x1a89b014, listing: "csel w20, w0, w9, lt" },
  { code: 0x14000004, listing: "b 0xe0" },
  // copied:
  { code: 0x910062b5, listing: "add x21, x21, #0x18" },
  { code: 0xf9400aa9, listing: "ldr x9, [x21, #16]" },
  { code: 0xb5fffd29, listing: "cbnz x9, 0x80" },
  // load: close(executable); the name of the memfd is written from its end.
  { code: 0x2a1303e0, listing: "mov w0, w19" },
  { code: 0xd2800728, listing: "mov x8, #0x39" },
  { code: 0xd4000001, listing: "svc #0x0" },
  { code: 0x91017fe0, listing: "add x0, sp, #0x5f" },
  { code: 0x3900001f, listing: "strb wzr, [x0]" },
  { code: 0x2a1403e9, listing: "mov w9, w20" },
  { code: 0x5280014a, listing: "mov w10, #0xa" },
  // digit:
  { code: 0x1aca092b, listing: "udiv w11, w9, w10" },
  { code: 0x1b0aa56c, listing: "msub w12, w11, w10, w9" },
  { code: 0x1100c18c, listing: "add w12, w12, #0x30" },
  { code: 0x381ffc0c, listing: "strb w12, [x0, #-1]!" },
  { code: 0x2a0b03e9, listing: "mov w9, w11" },
  { code: 0x35ffff69, listing: "cbnz w9, 0xfc" },
  { code: 0xd1003800, listing: "sub x0, x0, #0xe" },
  { code: 0x90000009, listing: "adrp x9, page", reference: descriptors },
  { code: 0x91000129, listing: "add x9, x9, low", reference: descriptors },
  { code: 0xf940012a, listing: "ldr x10, [x9]" },
  { code: 0xf900000a, listing: "str x10, [x0]" },
  { code: 0xf840612a, listing: "ldur x10, [x9, #6]" },
  { code: 0xf800600a, listing: "stur x10, [x0, #6]" },
  { code: 0x2a1603e1, listing: "mov w1, w22" },
  { code: 0x90000010, listing: "adrp x16, page", reference: dlopen },
  { code: 0xf9400211, listing: "ldr x17, [x16, low]", reference: dlopen },
  { code: 0x91000210, listing: "add x16, x16, low", reference: dlopen },
  { code: 0xd63f0220, listing: "blr x17" },
  { code: 0xaa0003f3, listing: "mov x19, x0" },
  { code: 0x2a1403e0, listing: "mov w0, w20" },
  { code: 0xd2800728, listing: "mov x8, #0x39" },
  { code: 0xd4000001, listing: "svc #0x0" },
  { code: 0xaa1303e0, listing: "mov x0, x19" },
  { code: 0xa9425bf5, listing: "ldp x21, x22, [sp, #32]" },
  { code: 0xa94153f3, listing: "ldp x19, x20, [sp, #16]" },
  { code: 0xa8c67bfd, listing: "ldp x29, x30, [sp], #96" },
  { code: 0xd65f03c0, listing: "ret" },
  // real:
  { code: 0x90000010, listing: "adrp x16, page", reference: dlopen },
  { code: 0xf9400211, listing: "ldr x17, [x16, low]", reference: dlopen },
  { code: 0x91000210, listing: "add x16, x16, low", reference: dlopen },
  { code: 0xd61f0220, listing: "br x17" },
];

export const addonLoader: Record<Architecture, Routine> = { x64, arm64 };

/** What the code reads besides the executable's name and the parts. */
export const addonLoaderData: Readonly<Record<string, string>> = {
  addonName: "tsrun-koffi\0",
  descriptors: "/proc/self/fd/",
};
