// The hand inside, AArch64 (AAPCS64). Protocol, offsets and flags: protocol.ts.
// The same program as x64.S, label by label; see there for what it may and may not touch.
//
//   x19 control block   x20 record   w21 records left   w22 0: return after the batch, 1: serve for ever
.globl stub
stub:
	stp x19, x20, [sp, #-32]!
	stp x21, x22, [sp, #16]
	mov x19, x0
	mov w22, #0
	b run
wait:
	mov w10, #200			// a short while: the parent may answer sooner than a sleeper wakes
look:
	ldar w9, [x19]			// control.turn: ours?
	tst w9, #0xc0000000
	b.eq run
	yield
	subs w10, w10, #1
	b.ne look
	tbnz w9, #30, die		// FUTEX_OWNER_DIED: the kernel says that the parent is gone
	mov x8, #98			// futex(&turn, FUTEX_WAIT, as it was, no timeout)
	mov x0, x19
	mov x1, #0
	mov w2, w9
	mov x3, #0
	svc #0
	b wait
run:
	ldr x20, [x19, #8]		// control.records
	ldr w21, [x19, #4]		// control.count
next:
	cbz w21, done
	ldr w9, [x20, #4]		// record.flags
	ldp x0, x1, [x20, #8]		// record.args, the first three by value or (INDIRECT) from where they point
	ldp x2, x3, [x20, #24]
	ldp x4, x5, [x20, #40]
	tbz w9, #4, second
	ldr x0, [x0]
second:
	tbz w9, #5, third
	ldr x1, [x1]
third:
	tbz w9, #6, rest
	ldr x2, [x2]
rest:
	ldr w8, [x20]			// record.nr
	svc #0
	tbz w9, #2, result		// FORK: the child takes over the control block at record.extra
	cbnz x0, result
	ldr x19, [x20, #64]		// and leaves the record, which is shared, to the parent's result
	mov w22, #1
	b wait
result:
	str x0, [x20, #56]		// record.result
	cmn x0, #4095
	b.hs failed
	tbz w9, #1, step		// STORE: result to the address in record.extra
	ldr x10, [x20, #64]
	str x0, [x10]
step:
	add x20, x20, #72
	sub w21, w21, #1
	b next
failed:
	tbnz w9, #0, step		// ALLOW_FAILURE
	tbnz w9, #3, fatal		// FATAL: the record to control.report, then exit
done:
	str w21, [x19, #4]
1:
	ldaxr w9, [x19]			// the parent's turn, ordered after every result; what the kernel says stays
	orr w9, w9, #0x80000000
	stlxr w10, w9, [x19]
	cbnz w10, 1b
	mov x8, #98			// futex(&turn, FUTEX_WAKE, 1)
	mov x0, x19
	mov x1, #1
	mov x2, #1
	svc #0
	cbnz w22, wait
	ldp x21, x22, [sp, #16]
	ldp x19, x20, [sp], #32
	mov x0, #0
	ret
fatal:
	mov x8, #64			// write(control.report, record, 72)
	ldrsw x0, [x19, #24]
	mov x1, x20
	mov x2, #72
	svc #0
die:
	mov x8, #94			// exit_group(1)
	mov x0, #1
	svc #0
	brk #0

// long thread_pointer(void)  the address that thread-local storage is relative to (AAPCS64).
.globl thread_pointer
thread_pointer:
	mrs x0, tpidr_el0
	ret

// long give(control *c)  gives the turn to the hand and wakes it; 0.
// long exchange(control *c)  the same, then waits a short while for the turn to come back; 0 if it has.
// long await_turn(control *c)  only waits.
// long await_zero(int *word)  waits a short while for a word to be 0; the word.
// The parent's side of the protocol, in one call of the engine's.
.globl give
give:
	mov w10, #0
	b post
.globl exchange
exchange:
	mov w10, #2400
post:
	mov x11, x0
1:
	ldaxr w9, [x11]			// control.turn: the hand's, ordered after the records
	and w9, w9, #0x3fffffff
	stlxr w12, w9, [x11]
	cbnz w12, 1b
	mov x8, #98			// futex(&turn, FUTEX_WAKE, 1)
	mov x1, #1
	mov x2, #1
	svc #0
	b poll
.globl await_turn
await_turn:
	mov x11, x0
	mov w10, #2400
poll:
	mov w0, #0
	cbz w10, back
	ldar w0, [x11]
	mvn w0, w0
	lsr w0, w0, #31
	cbz w0, back
	yield
	sub w10, w10, #1
	cbnz w10, poll
back:
	ret
.globl await_zero
await_zero:
	mov x11, x0
	mov w10, #2400
watch:
	ldar w0, [x11]
	cbz w0, back
	yield
	sub w10, w10, #1
	cbnz w10, watch
	ret
