// Writes its environment, a line each, and ends: what deaf-entry.test.ts runs under qemu-aarch64.
    .globl _start
_start:
    ldr x19, [sp]
    add x20, sp, #16
    add x20, x20, x19, lsl #3
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
