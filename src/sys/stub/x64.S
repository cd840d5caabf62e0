# The hand inside, x86-64 (System V ABI). Protocol, offsets and flags: protocol.ts.
#
# long stub(control *c)   run the batch posted at c, then return 0.
# A child made by a fork record never returns: it serves its own control block until a record
# executes a program or exits. Only registers and the shared mapping are used, never the stack, so that
# every other mapping may go away under the child (design: sealing).
#
#   rbx control block   rbp record   r12d records left   r13d 0: return after the batch, 1: serve for ever
.intel_syntax noprefix
.globl stub
stub:
	push rbx
	push rbp
	push r12
	push r13
	mov rbx, rdi
	xor r13d, r13d
	jmp run
wait:
	mov ecx, 50			# a short while: the parent may answer sooner than a sleeper wakes
look:
	mov edx, [rbx]			# control.turn: ours?
	test edx, 0xc0000000
	jz run
	pause
	dec ecx
	jnz look
	test edx, 0x40000000		# FUTEX_OWNER_DIED: the kernel says that the parent is gone
	jnz die
	mov eax, 202			# futex(&turn, FUTEX_WAIT, as it was, no timeout)
	mov rdi, rbx
	xor esi, esi
	xor r10d, r10d
	syscall
	jmp wait
run:
	mov rbp, [rbx+8]		# control.records
	mov r12d, [rbx+4]		# control.count
next:
	test r12d, r12d
	jz done
	mov ecx, [rbp+4]		# record.flags
	mov rdi, [rbp+8]		# record.args, the first three by value or (INDIRECT) from where they point
	test cl, 16
	jz second
	mov rdi, [rdi]
second:
	mov rsi, [rbp+16]
	test cl, 32
	jz third
	mov rsi, [rsi]
third:
	mov rdx, [rbp+24]
	test cl, 64
	jz rest
	mov rdx, [rdx]
rest:
	mov r10, [rbp+32]
	mov r8, [rbp+40]
	mov r9, [rbp+48]
	mov eax, [rbp]			# record.nr
	syscall
	mov ecx, [rbp+4]		# syscall has changed it
	test cl, 4			# FORK: the child takes over the control block at record.extra
	jz result
	test rax, rax
	jnz result
	mov rbx, [rbp+64]		# and leaves the record, which is shared, to the parent's result
	mov r13d, 1
	jmp wait
result:
	mov [rbp+56], rax		# record.result
	cmp rax, -4095
	jae failed
	test cl, 2			# STORE: result to the address in record.extra
	jz step
	mov rdx, [rbp+64]
	mov [rdx], rax
step:
	add rbp, 72
	dec r12d
	jmp next
failed:
	test cl, 1			# ALLOW_FAILURE
	jnz step
	test cl, 8			# FATAL: the record to control.report, then exit
	jnz fatal
done:
	mov [rbx+4], r12d
	lock or dword ptr [rbx], 0x80000000	# the parent's turn, a full barrier; what the kernel says stays
	mov eax, 202			# futex(&turn, FUTEX_WAKE, 1)
	mov rdi, rbx
	mov esi, 1
	mov edx, 1
	syscall
	test r13d, r13d
	jnz wait
	pop r13
	pop r12
	pop rbp
	pop rbx
	xor eax, eax
	ret
fatal:
	mov eax, 1			# write(control.report, record, 72)
	movsxd rdi, dword ptr [rbx+24]
	mov rsi, rbp
	mov edx, 72
	syscall
die:
	mov eax, 231			# exit_group(1)
	mov edi, 1
	syscall
	ud2

# long thread_pointer(void)  the address that thread-local storage is relative to (System V ABI, TLS variant II).
.globl thread_pointer
thread_pointer:
	mov rax, fs:0
	ret

# long give(control *c)  gives the turn to the hand and wakes it; 0.
# long exchange(control *c)  the same, then waits a short while for the turn to come back; 0 if it has.
# long await_turn(control *c)  only waits.
# long await_zero(int *word)  waits a short while for a word to be 0; the word.
# The parent's side of the protocol, in one call of the engine's.
.globl give
give:
	xor r9d, r9d
	jmp post
.globl exchange
exchange:
	mov r9d, 600
post:
	lock and dword ptr [rdi], 0x3fffffff	# control.turn: the hand's, a full barrier
	mov eax, 202			# futex(&turn, FUTEX_WAKE, 1); the first argument stays in place
	mov esi, 1
	mov edx, 1
	syscall
	jmp poll
.globl await_turn
await_turn:
	mov r9d, 600
poll:
	xor eax, eax
	test r9d, r9d
	jz back
	mov eax, [rdi]
	not eax
	shr eax, 31
	jz back
	pause
	dec r9d
	jnz poll
back:
	ret
.globl await_zero
await_zero:
	mov r9d, 600
watch:
	mov eax, [rdi]
	test eax, eax
	jz back
	pause
	dec r9d
	jnz watch
	ret
