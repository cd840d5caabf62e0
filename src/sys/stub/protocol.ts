/**
 * The protocol between the parent and the hand inside, on one page. Both sides see one shared mapping.
 *
 *   parent                                            hand (x64.S, arm64.S)
 *     writes records, control.records and .count
 *     control.turn to the hand, futex wake    ──▶     carries records out in order, writes each result
 *     futex wait until it is back             ◀──     control.count = records left, turn back, futex wake
 *
 * The turn is a robust futex (set_robust_list(2)), held by the parent for as long as it lives: its thread's id, without
 * PARENTS while it is the hand's turn. When the parent dies, however it does, the kernel sets OWNER_DIED and wakes a hand that
 * waits; a hand that is at work sees it when it waits next. It exits.
 *
 * A batch ends at its end or at the first failure (result in -4095 … -1) of a record without ALLOW_FAILURE; then
 * control.count tells how many are left, the failed one included. A record that executes a program does not return:
 * the parent learns of it by the end of a close-on-exec pipe (control.report).
 */

/** Offsets in a control block (bytes). */
export const control = {
  /** u32 robust futex: the parent's thread, and `turn` bits. */
  turn: 0,
  /** u32 records posted; when the turn comes back, records left. */
  count: 4,
  /** u64 address of the first record. */
  records: 8,
  /** u64 address of the next entry of the parent's robust list; the turn's place from here is `turnFromEntry`. */
  entry: 16,
  /** i32 descriptor that a FATAL failure writes its record to. */
  report: 24,
  size: 32,
} as const;

/** What the kernel calls `futex_offset` of a robust list (linux/futex.h). */
export const turnFromEntry: number = control.turn - control.entry;

/** Bits of `control.turn`; with neither it is the hand's. */
export const turn = {
  /** FUTEX_WAITERS: it is the parent's turn, and the hand waits, or is about to. */
  parents: 0x80000000,
  /** FUTEX_OWNER_DIED, set by the kernel. */
  ownerDied: 0x40000000,
} as const;

/** Offsets in a record (bytes). */
export const record = {
  /** u32 system call number. */
  nr: 0,
  /** u32, a set of `flag`. */
  flags: 4,
  /** six u64 arguments. */
  args: 8,
  /** i64 result, negated errno on failure. */
  result: 56,
  /** u64: STORE's address, FORK's control block. */
  extra: 64,
  size: 72,
} as const;

/** Flags of a record. */
export const flag = {
  /** The batch goes on when this call fails. */
  allowFailure: 1,
  /** The result is stored (64 bits) at `extra`: for an argument of a later record, or a message's descriptor. */
  store: 2,
  /** This call makes a child (result 0): it serves the control block at `extra` from then on. */
  fork: 4,
  /** When this call fails, the record is written to control.report and the hand exits with status 1. */
  fatal: 8,
  /** The first, second, third argument is the address of a u64 that holds the value: what a record before has stored. */
  indirect: [16, 32, 64],
} as const;
