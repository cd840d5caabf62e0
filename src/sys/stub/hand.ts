import { KilledError, TsrunError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { type Call, Executor, type Step, stepError } from "../executor.ts";
import { faults } from "../faults.ts";
import { callCode } from "../koffi.ts";
import { local } from "../local.ts";
import { armParentDeath, heedsParentDeath } from "../process.ts";
import { withSignalsBlocked } from "../signal-mask.ts";
import { isSlot } from "../slots.ts";
import { SyscallError } from "../syscall-error.ts";
import { killChild, openChild } from "../wait.ts";
import { type Cloned, type CloneOptions, cloneChild } from "./clone.ts";
import { MAX_RECORDS, newControl } from "./control.ts";
import { describe } from "./describe-call.ts";
import type { HandMemory } from "./hand-memory.ts";
import { withLeanMemory } from "./lean-clone.ts";
import { control, flag, record } from "./protocol.ts";
import { Slots } from "./slots.ts";
import { writeRecord } from "./write-record.ts";

const FUTEX_WAIT = 0;
const SIGCHLD = 17;
const ECHILD = 10;
const P_PIDFD = 3;
/** Offset of si_pid in siginfo_t on 64-bit machines: three integers, then padding to the union. */
const SI_PID = 16;
const WEXITED = 4;
const WNOHANG_EXITED_NOWAIT = 0x1 | 0x4 | 0x1000000;
/** How often a sleeping parent looks whether the hand is still alive. */
const LIVENESS_NS = 20_000_000;
/** How often a parent looks for a result that it is not woken for. */
const RESULT_NS = 200_000;
/** No result of a system call: not yet made. */
const PENDING = -4096;
/** So many queued records are handed over at once, to be carried out while the next are written. */
const EARLY = 12;

/** One posted record on the parent's side. */
interface Posted {
  readonly call: Call;
  readonly step: Step | undefined;
}

/** Records and the place where they are written. */
interface Batch {
  readonly base: number;
  posted: Posted[];
}

/** A process of ours that carries out records: the executor of what happens inside a container. */
export class Hand extends Executor {
  /** Process id in the parent's pid namespace. */
  readonly pid: number;
  /** The process as a descriptor, close-on-exec. */
  readonly pidfd: number;
  /** Whether no signal has a handler of this process's in it (clone.ts). */
  readonly handlersCleared: boolean;
  readonly #memory: HandMemory;
  readonly #slots: Slots;
  readonly #control: number;
  /** Where the next records are written; the other place is the hand's, or holds the last results. */
  #batch: Batch;
  #other: Batch;
  /** Whether the hand is carrying out `#other`. */
  #inHand = true;
  #fatal = false;
  #destroyed = false;
  #stage = 0;
  /** Whether the kernel kills the process at this one's death, whatever call it is in, after all that it has carried out. */
  #heeds = false;
  /** The same after all that is posted. A hand that waits hears of it by its turn (protocol.ts). */
  #willHeed = true;

  constructor(memory: HandMemory, control: number, records: number, process: Cloned) {
    super();
    this.#memory = memory;
    this.#slots = new Slots(memory);
    this.#control = control;
    this.#batch = { base: records + MAX_RECORDS * record.size, posted: [] };
    // What a new control block has the hand begin with.
    this.#other = { base: records, posted: [{ call: armParentDeath, step: undefined }] };
    memory.posted++;
    this.pid = process.pid;
    this.pidfd = process.pidfd;
    this.handlersCleared = process.handlersCleared;
  }

  /** Clones a child of this process that waits for records. @throws SyscallError of clone3(2) or clone(2) */
  static clone(memory: HandMemory, options: CloneOptions): Hand {
    const [block, records] = newControl(memory);
    const scratch = memory.keep(8);
    const clone = () => cloneChild(memory, block, scratch, options);
    return new Hand(
      memory,
      block,
      records,
      withSignalsBlocked(() => withLeanMemory(memory, clone)),
    );
  }

  /** Scratch space is taken back once no hand has records posted that point into it. */
  get memory(): HandMemory {
    if (this.#memory.stale) this.#memory.recycle();
    return this.#memory;
  }

  queue(call: Call): void {
    this.#post(call, call.optional === true ? flag.allowFailure : 0, 0);
    this.#handOverEarly();
  }

  override open(call: Call): number {
    const slot = this.#slots.take();
    if (slot === undefined) return this.call(call);
    this.#post(call, flag.store, this.#slots.address(slot));
    this.#handOverEarly();
    return slot;
  }

  override numberOf(descriptor: number): number {
    if (!isSlot(descriptor)) return descriptor;
    this.flush();
    return this.memory.getI32(this.#slots.address(descriptor));
  }

  override close(descriptor: number): void {
    super.close(descriptor);
    if (isSlot(descriptor)) this.#slots.release(descriptor);
  }

  attempt(call: Call): number {
    const index = this.#post(call, flag.allowFailure, 0);
    this.flush();
    return this.#result(index);
  }

  override attemptAll(calls: readonly Call[]): number[] {
    const results: number[] = [];
    for (let start = 0; start < calls.length; start += MAX_RECORDS - 1) {
      const batch = calls.slice(start, start + MAX_RECORDS - 1);
      if (this.#batch.posted.length + batch.length >= MAX_RECORDS) this.flush();
      const indexes = batch.map((call) => this.#postAttempt(call));
      this.flush();
      results.push(...indexes.map((index) => this.#result(index)));
    }
    return results;
  }

  /**
   * Lets the hand fork: the child serves a control block of its own. `flags` as for clone(2), without a signal.
   * @returns the child as an executor; its pid is as seen by this hand's pid namespace, which must be the parent's
   */
  fork(flags: number, exitSignal: number = SIGCHLD): Hand {
    const [block, records] = newControl(this.memory);
    // Before, as nothing may fail behind it in the same batch: nobody would know of the child.
    this.#heed();
    const index = this.#post({ name: "clone", args: [flags | exitSignal, 0, 0, 0, 0] }, flag.fork, block);
    this.flush();
    const pid = this.#result(index);
    const pidfd = openChild(local, pid);
    const { handlersCleared } = this;
    return new Hand(this.memory, block, records, { pid, pidfd, handlersCleared });
  }

  flush(): void {
    if (this.#inHand) {
      if (callCode(this.#memory.awaitEntry, this.#control) !== 0) this.#await();
      this.#inHand = false;
      this.#settle(this.#other);
    }
    if (this.#batch.posted.length > 0) {
      this.#heed();
      this.#publish(this.#batch);
      if (callCode(this.#memory.exchangeEntry, this.#control) !== 0) this.#await();
      this.#settle(this.#batch);
    }
    this.#slots.reclaim();
  }

  #heed(): void {
    if (!this.#willHeed) this.#post(armParentDeath, 0, 0);
  }

  /** Takes note of what the hand has done with a batch. @throws the error of the record that failed */
  #settle(batch: Batch): void {
    const left = this.#memory.getU32(this.#control + control.count);
    const { posted } = batch;
    batch.posted = [];
    this.#memory.unpost(posted.length);
    this.#trace(batch, posted, left);
    const done = posted.length - left;
    for (const [index, { call }] of posted.entries()) {
      if (index < done) this.#heeds = heedsParentDeath(call, this.#heeds);
    }
    if (left === 0) return;
    // What was queued behind a batch that was handed over early is behind the failure, too.
    this.#memory.unpost(this.#batch.posted.length);
    this.#batch.posted = [];
    this.#willHeed = this.#heeds;
    this.#fail(posted[done], this.#resultIn(batch, done));
  }

  /** Lets the hand begin with what is queued while more is written. */
  #handOverEarly(): void {
    if (this.#inHand || this.#fatal || !this.#willHeed || this.#batch.posted.length < EARLY) return;
    this.#publish(this.#batch);
    callCode(this.#memory.giveEntry, this.#control);
    [this.#batch, this.#other] = [this.#other, this.#batch];
    this.#inHand = true;
  }

  /**
   * From now on the records are a last batch that runs without the parent: a failure is reported to `report`, a
   * descriptor in the hand, as the record itself, and the hand exits. Where its memory has a file for it, the failed
   * record is found there, too (`HandMemory.last`).
   */
  beginLast(report: number): void {
    this.flush();
    const { last } = this.#memory;
    if (last !== undefined) this.#batch = { base: last, posted: [] };
    this.#memory.view.setInt32(this.#memory.offset(this.#control) + control.report, report, true);
    this.#fatal = true;
  }

  /** Numbers the stage of the last batch that the next records belong to; a report carries it in `extra`. */
  set stage(stage: number) {
    this.#stage = stage;
  }

  /** Queues a call of the last batch whose result the parent wants to know (`awaitResult`). @returns what stands for it */
  queueAwaited(call: Call): number {
    const index = this.#post(call, 0, 0);
    const result = this.#batch.base + index * record.size + record.result;
    this.#memory.setAddress(result, PENDING);
    return result;
  }

  /**
   * Waits until the hand, which was released, has made a call of the last batch, without any call of the hand's own.
   * @returns its result or negated errno; undefined when the hand has ended before
   */
  awaitResult(result: number): number | undefined {
    const word = this.#memory.offset(result) / 4;
    const value = (): number => Atomics.load(this.#memory.words, word);
    while (value() === PENDING) {
      // Most results are 0, and not long in coming.
      if (callCode(this.#memory.awaitZeroEntry, result) === 0) break;
      this.#sleepOn(result, PENDING, RESULT_NS);
      if (value() === PENDING && this.exited() && value() === PENDING) return undefined;
    }
    return value();
  }

  /** Hands over the last batch without waiting for its end. */
  release(): void {
    if (log.debugging) {
      for (const { call } of this.#batch.posted) log.debug(`init ${this.pid}: last batch: ${describe(call)}`);
    }
    this.#publish(this.#batch);
    callCode(this.#memory.giveEntry, this.#control);
    this.#batch.posted = [];
  }

  /** The records of the last batch, released, with what has become of them so far. */
  lastRecords(): Uint8Array {
    return this.#memory.read(this.#batch.base, MAX_RECORDS * record.size);
  }

  newSlot(): number {
    const slot = this.#slots.take();
    if (slot === undefined) throw new TsrunError("every slot for a descriptor is in use");
    return slot;
  }

  freeSlot(slot: number): void {
    this.#slots.release(slot);
  }

  #postAttempt(call: Call): number {
    if (call.store === undefined) return this.#post(call, flag.allowFailure, 0);
    return this.#post(call, flag.allowFailure | flag.store, this.#slots.address(call.store));
  }

  #post(call: Call, flags: number, extra: number): number {
    // The last place is for what `flush` adds.
    const room = this.#fatal || call === armParentDeath ? MAX_RECORDS : MAX_RECORDS - 1;
    if (this.#batch.posted.length === room) {
      if (this.#fatal) throw new TsrunError(`more than ${MAX_RECORDS} records in the last batch`);
      this.flush();
      // The arguments of this call are in scratch space already.
      this.#memory.retain();
    }
    const { base, posted } = this.#batch;
    const index = posted.length;
    const address = base + index * record.size;
    writeRecord(this.#memory, address, call, {
      flags: this.#fatal ? flags | flag.fatal : flags,
      extra: this.#fatal ? this.#stage : extra,
      slots: this.#slots,
    });
    this.#willHeed = heedsParentDeath(call, this.#willHeed);
    posted.push({ call, step: this.step });
    this.#memory.posted++;
    return index;
  }

  /** The result of a record of the batch that `flush` has just carried out. */
  #result(index: number): number {
    return this.#resultIn(this.#batch, index);
  }

  #resultIn({ base }: Batch, index: number): number {
    return this.#memory.getAddress(base + index * record.size + record.result);
  }

  /** Writes down for the hand what there is to do; giving it the turn is the caller's. */
  #publish({ base, posted }: Batch): void {
    faults?.mayDie("publish");
    this.#memory.setAddress(this.#control + control.records, base);
    this.#memory.setU32(this.#control + control.count, posted.length);
  }

  #await(): void {
    const word = this.#memory.offset(this.#control) / 4;
    // FUTEX_WAITERS is the sign.
    const ours = (): boolean => Atomics.load(this.#memory.words, word) < 0;
    while (!ours()) {
      this.#sleepOn(this.#control, process.pid, LIVENESS_NS);
      if (!ours() && this.exited() && !ours()) throw this.#death();
    }
  }

  /** Sleeps while a word of shared memory holds `value`, until it is woken or the time is over. */
  #sleepOn(address: number, value: number, nanoseconds: number): void {
    const timeout = local.memory.alloc(16);
    local.memory.setAddress(timeout + 8, nanoseconds);
    local.attempt({ name: "futex", args: [address, FUTEX_WAIT, value, timeout] });
  }

  /** Whether the process has ended (it is not reaped). */
  exited(): boolean {
    if (this.#destroyed) return true;
    const info = local.memory.alloc(128);
    const result = local.attempt({
      name: "waitid",
      args: [P_PIDFD, this.pidfd, info, WNOHANG_EXITED_NOWAIT, 0],
    });
    return result === -ECHILD || (result === 0 && local.memory.getU32(info + SI_PID) !== 0);
  }

  /** Kills the process, which `destroy` reaps: its end takes a while, with all that it leaves. */
  kill(): void {
    if (!this.#destroyed) killChild(local, this);
  }

  /** Kills the process and reaps it; once. Nothing is waited for that could not be killed: it dies with this process. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    if (killChild(local, this)) this.reap();
    else local.close(this.pidfd);
  }

  /** Waits for the end of the process, reaps it and closes its descriptor. @returns its wait status (waitid(2) si_status) */
  reap(): number {
    const info = local.memory.alloc(128);
    local.attempt({ name: "waitid", args: [P_PIDFD, this.pidfd, info, WEXITED, 0] });
    const status = local.memory.getI32(info + 24);
    local.attempt({ name: "close", args: [this.pidfd] });
    return status;
  }

  #death(): KilledError {
    const posted = [...(this.#inHand ? this.#other.posted : []), ...this.#batch.posted];
    const step = posted.find(({ step }) => step !== undefined)?.step?.text;
    return new KilledError(`container init was killed${step === undefined ? "" : ` while ${step}`}`);
  }

  #fail(failed: Posted | undefined, result: number): never {
    if (failed === undefined) throw new TsrunError("the record that failed is unknown");
    const { call, step } = failed;
    throw stepError(step, new SyscallError(call.name, -result, call.subject ?? ""));
  }

  #trace(batch: Batch, posted: readonly Posted[], left: number): void {
    if (!log.debugging) return;
    posted.slice(0, posted.length - left + (left > 0 ? 1 : 0)).forEach(({ call }, index) => {
      log.debug(`init ${this.pid}: ${describe(call)} = ${this.#resultIn(batch, index)}`);
    });
  }
}
