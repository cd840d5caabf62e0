import { TsrunError } from "../../base/errors.ts";
import { textAt, viewMemory } from "../koffi.ts";
import { SyscallError } from "../syscall-error.ts";
import { type Handle, sdBus } from "./library.ts";
import type { BusArgument, BusValue } from "./value.ts";

const SIGNATURE_VARIANT = code("v");
const SIGNATURE_ARRAY = code("a");
const SIGNATURE_STRUCT = code("r");

function code(type: string): number {
  return type.charCodeAt(0);
}

/** @throws SyscallError for a negated errno */
export function check(result: number, call: string, subject = ""): number {
  if (result < 0) throw new SyscallError(call, -result, subject);
  return result;
}

const numbers = {
  b: (value: boolean | number | bigint) => new Int32Array([Number(value)]),
  i: (value: boolean | number | bigint) => new Int32Array([Number(value)]),
  u: (value: boolean | number | bigint) => new Uint32Array([Number(value)]),
  d: (value: boolean | number | bigint) => new Float64Array([Number(value)]),
  x: (value: boolean | number | bigint) => new BigInt64Array([BigInt(value)]),
  t: (value: boolean | number | bigint) => new BigUint64Array([BigInt(value)]),
} as const;

/** Appends the arguments of a method to a message (sd_bus_message_append(3)). */
export function append(message: Handle, { type, value }: BusArgument): void {
  if (type === "s" || type === "o") appendText(message, type, value);
  else if (type === "ay") appendArray(message, "y", value);
  else if (type === "au") appendArray(message, "u", Uint32Array.from(value));
  else if (typeof value === "object") appendList(message, type as List["type"], value as List["value"]);
  else
    check(
      sdBus().appendNumber(message, code(type), numbers[type as keyof typeof numbers](value as number)),
      "sd_bus_message_append",
    );
}

function appendText(message: Handle, type: "s" | "o", text: string): void {
  if (text.includes("\0")) throw new TsrunError(`${JSON.stringify(text)} contains a NUL byte`);
  check(sdBus().appendString(message, code(type), text), "sd_bus_message_append", JSON.stringify(text));
}

function appendArray(message: Handle, type: "y" | "u", values: Uint8Array | Uint32Array): void {
  const { appendArray: append } = sdBus();
  check(append(message, code(type), values, values.byteLength), "sd_bus_message_append_array");
}

type List = Extract<BusArgument, { type: "as" | "a(ss)" | "a(st)" | "a(sv)" | "a(sa(sv))" }>;

function appendList(message: Handle, type: List["type"], items: List["value"]): void {
  inside(message, SIGNATURE_ARRAY, type.slice(1), () => {
    for (const item of items) {
      if (typeof item === "string") appendText(message, "s", item);
      else inside(message, SIGNATURE_STRUCT, type.slice(2, -1), () => appendPair(message, item));
    }
  });
}

function appendPair(message: Handle, [name, value]: readonly [string, string | bigint | BusValue]): void {
  appendText(message, "s", name);
  if (typeof value === "string") appendText(message, "s", value);
  else if (typeof value === "bigint") append(message, { type: "t", value });
  else inside(message, SIGNATURE_VARIANT, value.type, () => append(message, value));
}

function inside(message: Handle, type: number, contents: string, action: () => void): void {
  check(sdBus().openContainer(message, type, contents), "sd_bus_message_open_container", contents);
  action();
  check(sdBus().closeContainer(message), "sd_bus_message_close_container", contents);
}

/** What has come over the bus; void once it is disposed of. */
export class Received implements Disposable {
  readonly #message: Handle;

  constructor(message: Handle) {
    this.#message = message;
  }

  isSignal(interfaceName: string, member: string): boolean {
    return check(sdBus().isSignal(this.#message, interfaceName, member), "sd_bus_message_is_signal") > 0;
  }

  /** Whether it answers the call that was sent under this number. */
  answers(cookie: bigint): boolean {
    const [answered] = out((to) => sdBus().replyCookie(this.#message, to));
    return answered === cookie;
  }

  /** The error that answers a call, if it is one. */
  error(): { readonly name: string; readonly message: string } | undefined {
    if (check(sdBus().isError(this.#message, null), "sd_bus_message_is_method_error") === 0) return undefined;
    const address = sdBus().getError(this.#message);
    const [name = 0n, message = 0n] = new BigUint64Array(viewMemory(Number(address), 16));
    return { name: name === 0n ? "" : textAt(name), message: message === 0n ? "" : textAt(message) };
  }

  /** The next value, a string. */
  text(type: "s" | "o" = "s"): string {
    return this.#next(type, (to: BigUint64Array) => textAt(to[0] ?? 0n)) ?? "";
  }

  /** The next value, an unsigned number of 32 bits. */
  number(): number {
    const to = new Uint32Array(1);
    check(sdBus().readBasic(this.#message, code("u"), to), "sd_bus_message_read_basic");
    return to[0] ?? 0;
  }

  /** The value in the variant that comes next; undefined if it has a type that tsrun has no use for. */
  variant(): BusValue | undefined {
    const type = new Uint8Array(8);
    const contents = new BigUint64Array(1);
    check(sdBus().peekType(this.#message, type, contents), "sd_bus_message_peek_type");
    const signature = textAt(contents[0] ?? 0n);
    this.#enter(SIGNATURE_VARIANT, signature);
    return this.#value(signature);
  }

  #value(signature: string): BusValue | undefined {
    switch (signature) {
      case "s":
      case "o":
        return { type: signature, value: this.text(signature) };
      case "b":
        return { type: "b", value: this.#integer("b") !== 0n };
      case "i":
      case "u":
        return { type: signature, value: Number(this.#integer(signature)) };
      case "t":
        return { type: "t", value: this.#integer("t") };
      case "ay":
        return { type: "ay", value: this.#bytes() };
      case "as":
        return { type: "as", value: this.#list(signature, () => this.#item()) };
      case "a(ss)":
        return { type: "a(ss)", value: this.#list(signature, () => this.#pair("(ss)", () => this.text())) };
      case "a(st)":
        return {
          type: "a(st)",
          value: this.#list(signature, () => this.#pair("(st)", () => this.#integer("t"))),
        };
      default:
        return undefined;
    }
  }

  #integer(type: "b" | "i" | "u" | "t"): bigint {
    return this.#next(type, (to) => (type === "i" ? BigInt.asIntN(32, to[0] ?? 0n) : (to[0] ?? 0n))) ?? 0n;
  }

  #item(): string | undefined {
    return this.#next("s", (to) => textAt(to[0] ?? 0n));
  }

  /** @returns undefined at the end of an array */
  #next<T>(type: string, take: (to: BigUint64Array) => T): T | undefined {
    const to = new BigUint64Array(1);
    const found = check(sdBus().readBasic(this.#message, code(type), to), "sd_bus_message_read_basic");
    return found === 0 ? undefined : take(to);
  }

  #bytes(): Uint8Array {
    const [start, size] = [new BigUint64Array(1), new BigUint64Array(1)];
    check(sdBus().readArray(this.#message, code("y"), start, size), "sd_bus_message_read_array");
    const length = Number(size[0]);
    return length === 0 ? new Uint8Array() : new Uint8Array(viewMemory(Number(start[0]), length)).slice();
  }

  #list<T>(signature: string, next: () => T | undefined): T[] {
    this.#enter(SIGNATURE_ARRAY, signature.slice(1));
    const items: T[] = [];
    for (let item = next(); item !== undefined; item = next()) items.push(item);
    this.#exit();
    return items;
  }

  #pair<T>(signature: string, second: () => T): readonly [string, T] | undefined {
    if (!this.#enter(SIGNATURE_STRUCT, signature.slice(1, -1))) return undefined;
    const pair = [this.text(), second()] as const;
    this.#exit();
    return pair;
  }

  /** @returns whether there is one: false at the end of an array */
  #enter(type: number, contents: string): boolean {
    const entered = sdBus().enterContainer(this.#message, type, contents);
    return check(entered, "sd_bus_message_enter_container", contents) > 0;
  }

  #exit(): void {
    check(sdBus().exitContainer(this.#message), "sd_bus_message_exit_container");
  }

  [Symbol.dispose](): void {
    sdBus().unrefMessage(this.#message);
  }
}

/** What a function stores for its caller. */
export function out(action: (to: BigUint64Array) => number): BigUint64Array {
  const to = new BigUint64Array(1);
  action(to);
  return to;
}
