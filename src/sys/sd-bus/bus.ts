import { TsrunError } from "../../base/errors.ts";
import { SyscallError } from "../syscall-error.ts";
import { BusError } from "./bus-error.ts";
import { type Handle, sdBus } from "./library.ts";
import { append, check, out, Received } from "./message.ts";
import type { BusArgument } from "./value.ts";

const EINTR = 4;
const MICROSECONDS = 1000;
/** SD_BUS_CREDS_OWNER_UID, looked up in /proc where the socket doesn't tell (SD_BUS_CREDS_AUGMENT). */
const OWNER_UID = (1n << 22n) | (1n << 63n);

/** A method of an object on the bus, and how a reader is told of its call. */
export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly arguments?: readonly BusArgument[];
  /** What it is called for, such as a unit's name; may be empty. */
  readonly subject: string;
}

/**
 * A connection to a message bus, or to one peer alone (sd-bus(3)). Nothing is waited for without a limit: the library's
 * own waiting calls (sd_bus_call and what connects) have limits of their own or none, and older ones give up at a signal.
 */
export class Bus implements Disposable {
  readonly #handle: Handle;
  readonly #limit: number;
  /** Signals that came before they were asked for. */
  readonly #early: Received[] = [];

  private constructor(handle: Handle, limit: number) {
    this.#handle = handle;
    this.#limit = limit;
  }

  /**
   * @param address in the form of the D-Bus specification, "Server Addresses"
   * @param isBus whether a bus is there (which wants to be greeted) or a peer
   * @param limit milliseconds that connecting, and each call, may take
   * @throws TsrunError that names the address
   */
  static open(address: string, isBus: boolean, limit: number): Bus {
    const [handle = 0n] = out((to) => check(sdBus().new(to), "sd_bus_new"));
    const bus = new Bus(handle, limit);
    try {
      check(sdBus().setAddress(handle, address), "sd_bus_set_address");
      check(sdBus().setBusClient(handle, Number(isBus)), "sd_bus_set_bus_client");
      check(sdBus().start(handle), "sd_bus_start");
      bus.#untilReady();
      return bus;
    } catch (cause) {
      bus[Symbol.dispose]();
      throw new TsrunError(`connecting to ${address}`, { cause });
    }
  }

  #untilReady(): void {
    const deadline = performance.now() + this.#limit;
    const isReady = () => check(sdBus().isReady(this.#handle), "sd_bus_is_ready") > 0;
    while (!isReady()) {
      const received = this.#step(deadline);
      if (received === "late") throw new TsrunError(this.#late());
      received?.[Symbol.dispose]();
    }
  }

  /**
   * Calls a method and waits for its answer.
   * @throws BusError when the answer is an error, TsrunError when there is none in time
   */
  call(call: BusCall): Received {
    const text = `${call.member}${call.subject === "" ? "" : ` ${call.subject}`}`;
    const cookie = this.#send(call, text);
    const answer = this.#await((received) => received.answers(cookie));
    if (answer === undefined) throw new TsrunError(`${text}: ${this.#late()}`);
    const error = answer.error();
    if (error === undefined) return answer;
    answer[Symbol.dispose]();
    throw new BusError(text, error.name, error.message);
  }

  #send(call: BusCall, text: string): bigint {
    const { newCall, send, unrefMessage } = sdBus();
    const [message = 0n] = out((to) =>
      check(
        newCall(this.#handle, to, call.destination, call.path, call.interface, call.member),
        "sd_bus_message_new_method_call",
        call.path,
      ),
    );
    try {
      for (const argument of call.arguments ?? []) append(message, argument);
      const [cookie = 0n] = out((to) => check(send(this.#handle, message, to), "sd_bus_send", text));
      return cookie;
    } finally {
      unrefMessage(message);
    }
  }

  /**
   * Waits for a signal that `isIt` accepts, which may have come since the connection was made; others are passed over.
   * @throws TsrunError when there is none in time
   */
  awaitSignal(interfaceName: string, member: string, isIt: (signal: Received) => boolean): void {
    const matches = (received: Received) => received.isSignal(interfaceName, member) && isIt(received);
    const early = this.#early.splice(0);
    const found = early.some(matches);
    for (const signal of early) signal[Symbol.dispose]();
    if (found) return;
    const signal = this.#await(matches);
    if (signal === undefined) throw new TsrunError(`signal ${member}: ${this.#late()}`);
    signal[Symbol.dispose]();
  }

  #late(): string {
    return `no answer within ${this.#limit / MICROSECONDS} s`;
  }

  /** @returns undefined when it has not come in time */
  #await(isIt: (received: Received) => boolean): Received | undefined {
    const deadline = performance.now() + this.#limit;
    for (;;) {
      const received = this.#step(deadline);
      if (received === "late") return undefined;
      if (received === undefined) continue;
      if (isIt(received)) return received;
      this.#early.push(received);
    }
  }

  /**
   * Does what there is to do, else waits for more.
   * @returns what has come that is no business of the library's own
   */
  #step(deadline: number): Received | "late" | undefined {
    const to = new BigUint64Array(1);
    if (check(sdBus().process(this.#handle, to), "sd_bus_process") > 0) {
      return to[0] ? new Received(to[0]) : undefined;
    }
    const left = deadline - performance.now();
    if (left <= 0) return "late";
    const waited = sdBus().wait(this.#handle, BigInt(Math.ceil(left * MICROSECONDS)));
    if (waited < 0 && waited !== -EINTR) throw new SyscallError("sd_bus_wait", -waited, "");
    return undefined;
  }

  /** The user whose peer it is, as systemd knows it; undefined where it is nobody's in particular. */
  owner(): number | undefined {
    const [creds = 0n] = out((to) => sdBus().ownerCreds(this.#handle, OWNER_UID, to));
    if (creds === 0n) return undefined;
    const uid = new Uint32Array(1);
    const result = sdBus().credsOwner(creds, uid);
    sdBus().unrefCreds(creds);
    return result < 0 ? undefined : uid[0];
  }

  [Symbol.dispose](): void {
    for (const received of this.#early.splice(0)) received[Symbol.dispose]();
    sdBus().close(this.#handle);
    sdBus().unref(this.#handle);
  }
}
