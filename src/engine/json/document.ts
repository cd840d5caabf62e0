import { TsrunError } from "../../base/errors.ts";
import { parseJson } from "../../oci/load.ts";
import { MAX_DEPTH } from "../text-edit.ts";

/** A value of a JSON text with its place. */
export interface JsonNode {
  readonly start: number;
  /** After the value. */
  readonly end: number;
  /** Of an object, in the text's order. */
  readonly members: readonly JsonMember[] | undefined;
  /** A string, a number, a boolean or null, parsed; undefined for objects and arrays. */
  readonly value: unknown;
}

export interface JsonMember {
  readonly name: string;
  /** Where its name begins, with the quote. */
  readonly start: number;
  readonly node: JsonNode;
}

const space = /[ \t\n\r]*/y;
const string = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const scalar = /"[^"\\]*(?:\\.[^"\\]*)*"|[^ \t\n\r,[\]{}"]+/y;

/** Finds the places in a text that is known to be JSON: no fault of it is looked for here. */
class Places {
  private readonly text: string;
  private at: number;
  private depth = 0;

  constructor(text: string, start: number) {
    this.text = text;
    this.at = start;
  }

  private pass(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  /** Passes the next character that is no space. */
  private next(): string {
    this.pass(space);
    return this.text.charAt(this.at++);
  }

  value(): JsonNode {
    this.pass(space);
    const start = this.at;
    const first = this.text.charAt(start);
    let members: JsonMember[] | undefined;
    let value: unknown;
    if (first === "{") members = this.list("}", () => this.member());
    else if (first === "[") this.list("]", () => this.value());
    else value = JSON.parse(this.pass(scalar));
    return { start, end: this.at, members, value };
  }

  private member(): JsonMember {
    this.pass(space);
    const start = this.at;
    const name = JSON.parse(this.pass(string)) as string;
    this.next();
    return { name, start, node: this.value() };
  }

  private list<T>(end: string, read: () => T): T[] {
    if (++this.depth > MAX_DEPTH) throw new TsrunError(`nested deeper than ${MAX_DEPTH} levels`);
    const items = this.items(end, read);
    this.depth--;
    return items;
  }

  private items<T>(end: string, read: () => T): T[] {
    const items: T[] = [];
    this.at++;
    this.pass(space);
    if (this.text.charAt(this.at) === end) {
      this.at++;
      return items;
    }
    do items.push(read());
    while (this.next() === ",");
    return items;
  }
}

/**
 * Reads a JSON text with the place of every member; a byte order mark may come first.
 * @throws TsrunError with line and column of what is not JSON
 */
export function parseJsonPlaces(text: string, name: string): JsonNode {
  const start = text.startsWith("\uFEFF") ? 1 : 0;
  parseJson(text.slice(start), name);
  return new Places(text, start).value();
}

/** The member of a name, if there is one. @throws TsrunError where there are more: engines disagree which of them counts */
export function memberOf({ members = [] }: JsonNode, name: string): JsonMember | undefined {
  const found = members.filter((member) => member.name === name);
  if (found.length > 1) throw new TsrunError(`${JSON.stringify(name)} is there ${found.length} times`);
  return found[0];
}
