// The functions of libstdc++ that koffi calls and libc has no twin of, in machine code. koffi is compiled without
// exceptions and called from one thread only, the one that runs JavaScript; that is what makes these so short.
// test/unit/scripts/machine-code.test.ts disassembles the bytes and compares them with the listing.

import type { Architecture, Reference, Routine } from "./assemble.ts";

const onceCall: Reference = { to: "tlsSlot", name: "_ZSt11__once_call" };
const tlsGetAddr: Reference = { to: "pltSlot", name: "__tls_get_addr" };
const alignedAlloc: Reference = { to: "pltSlot", name: "aligned_alloc" };

/** x86-64, System V ABI. A reference is a 32-bit displacement from the instruction's end, the last four bytes. */
const x64 = {
  // int __cxa_guard_acquire(char *guard): 1 where the static is not initialised yet (Itanium C++ ABI 3.3.3).
  guardAcquire: [
    { code: "31c0", listing: "xor eax,eax" },
    { code: "803f00", listing: "cmp BYTE PTR [rdi],0x0" },
    { code: "0f94c0", listing: "sete al" },
    { code: "c3", listing: "ret" },
  ],
  // void __cxa_guard_release(char *guard)
  guardRelease: [
    { code: "c60701", listing: "mov BYTE PTR [rdi],0x1" },
    { code: "c3", listing: "ret" },
  ],
  // void *operator new(size_t, align_val_t) = aligned_alloc with its arguments the other way round.
  alignedNew: [
    { code: "4887fe", listing: "xchg rsi,rdi" },
    { code: "ff2500000000", listing: "jmp QWORD PTR [rip]", reference: alignedAlloc },
  ],
  // void __once_proxy(void): calls what std::call_once left in the thread's __once_call.
  onceProxy: [
    { code: "4883ec08", listing: "sub rsp,0x8" },
    { code: "488d3d00000000", listing: "lea rdi,[rip]", reference: onceCall },
    { code: "ff1500000000", listing: "call QWORD PTR [rip]", reference: tlsGetAddr },
    { code: "4883c408", listing: "add rsp,0x8" },
    { code: "ff20", listing: "jmp QWORD PTR [rax]" },
  ],
  // Members of std::condition_variable and std::thread::_State that hold nothing here.
  nothing: [{ code: "c3", listing: "ret" }],
} satisfies Record<string, Routine>;

/**
 * AArch64, AAPCS64. A reference is an ADRP (page) or the low 12 bits in an LDR (scaled by 8) or ADD that follows. A jump
 * through a lazily bound slot needs the slot's address in x16, as in every PLT entry.
 */
const arm64: Record<keyof typeof x64, Routine> = {
  guardAcquire: [
    { code: 0x39400008, listing: "ldrb w8, [x0]" },
    { code: 0x7100011f, listing: "cmp w8, #0x0" },
    { code: 0x1a9f17e0, listing: "cset w0, eq" },
    { code: 0xd65f03c0, listing: "ret" },
  ],
  guardRelease: [
    { code: 0x52800028, listing: "mov w8, #0x1" },
    { code: 0x39000008, listing: "strb w8, [x0]" },
    { code: 0xd65f03c0, listing: "ret" },
  ],
  alignedNew: [
    { code: 0xaa0003e8, listing: "mov x8, x0" },
    { code: 0xaa0103e0, listing: "mov x0, x1" },
    { code: 0xaa0803e1, listing: "mov x1, x8" },
    { code: 0x90000010, listing: "adrp x16, page", reference: alignedAlloc },
    { code: 0xf9400211, listing: "ldr x17, [x16, low]", reference: alignedAlloc },
    { code: 0x91000210, listing: "add x16, x16, low", reference: alignedAlloc },
    { code: 0xd61f0220, listing: "br x17" },
  ],
  onceProxy: [
    { code: 0xa9bf7bfd, listing: "stp x29, x30, [sp, #-16]!" },
    { code: 0x90000000, listing: "adrp x0, page", reference: onceCall },
    { code: 0xf9400001, listing: "ldr x1, [x0, low]", reference: onceCall },
    { code: 0x91000000, listing: "add x0, x0, low", reference: onceCall },
    { code: 0xd63f0020, listing: "blr x1" },
    { code: 0xd53bd048, listing: "mrs x8, tpidr_el0" },
    { code: 0xf8606908, listing: "ldr x8, [x8, x0]" },
    { code: 0xa8c17bfd, listing: "ldp x29, x30, [sp], #16" },
    { code: 0xd61f0100, listing: "br x8" },
  ],
  nothing: [{ code: 0xd65f03c0, listing: "ret" }],
};

export const routines: Record<Architecture, Record<RoutineName, Routine>> = { x64, arm64 };
export type RoutineName = keyof typeof x64;
