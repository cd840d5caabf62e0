// Calls dlopen for the addon, then for the file "/dev/null", and ends with the sum of the results: what own-code.test.ts
// runs under qemu-aarch64. No loader prepares it: it puts a dlopen of its own in the place of the library's (LIBRARY), which
// writes what is in the file, then its flags as a digit, and returns 3.
.ifdef LIBRARY
    .globl dlopen, environ
    .type dlopen, %function
dlopen:
    ret
    .data
    .type environ, %object
    .size environ, 8
environ:
    .quad 0
.else
    .globl _start
_start:
    // The relocation that the deaf entry point wants, and a value of dlopen's symbol.
    adrp x0, environ
    add x0, x0, :lo12:environ
    adrp x0, dlopen
    add x0, x0, :lo12:dlopen
    // DT_PLTGOT (3): three words, then the one for dlopen.
    adrp x0, _DYNAMIC
    add x0, x0, :lo12:_DYNAMIC
find:
    ldp x1, x2, [x0], #16
    cmp x1, #3
    b.ne find
    adr x1, ours
    str x1, [x2, #24]
    adr x0, addon
    mov w1, #5
    bl dlopen
    mov x19, x0
    adr x0, file
    mov w1, #6
    bl dlopen
    add x0, x0, x19
    mov x8, #94
    svc #0
ours:
    stp x29, x30, [sp, #-32]!
    add w1, w1, #'0'
    str w1, [sp, #16]
    mov x1, x0
    mov x0, #-100
    mov x2, #0
    mov x8, #56
    svc #0
    mov w1, w0
    mov x0, #1
    mov x2, #0
    mov x3, #4096
    mov x8, #71
    svc #0
    mov x0, #1
    add x1, sp, #16
    mov x2, #1
    mov x8, #64
    svc #0
    mov x0, #3
    ldp x29, x30, [sp], #32
    ret
addon:
    .asciz "\001"
file:
    .asciz "/dev/null"
.endif
