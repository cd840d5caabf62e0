// Writes what `environ` leads to, a line each, and ends: what own-code.test.ts runs under qemu-aarch64. No loader prepares it;
// that `environ` comes from a library (LIBRARY) gives it the relocation that programs have which are linked with libc.
.ifdef LIBRARY
    .data
    .globl environ
    .type environ, %object
    .size environ, 8
environ:
    .quad 0
.else
    .globl _start
_start:
    adrp x20, environ
    add x20, x20, :lo12:environ
    ldr x20, [x20]
next:
    ldr x1, [x20], #8
    cbz x1, end
    mov x2, #0
length:
    ldrb w3, [x1, x2]
    add x2, x2, #1
    cbnz w3, length
    sub x2, x2, #1
    bl write
    adr x1, newline
    mov x2, #1
    bl write
    b next
end:
    mov x0, #0
    mov x8, #94
    svc #0
write:
    mov x0, #1
    mov x8, #64
    svc #0
    ret
newline:
    .ascii "\n"
.endif
