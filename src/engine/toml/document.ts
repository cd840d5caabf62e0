import { type TomlPair, TomlReader, type TomlValue } from "./reader.ts";

/** A table as the text has it: from its header to the next one. The first has no header and no name. */
export interface TomlTable {
  readonly path: readonly string[];
  /** Where the line of its header begins. */
  readonly start: number;
  /** After the header, its line's rest excluded. */
  readonly headerEnd: number;
  readonly pairs: TomlPair[];
}

/**
 * How a name came to be, which decides what may be added to it: `implied` by the header of a table below it, by a `header`
 * of its own, as part of a `dotted` key, as an `inline` table, as an array of `tables`, as another `value`.
 */
type Kind = "implied" | "header" | "dotted" | "inline" | "tables" | "value";

/** What a path of names leads to. */
export interface TomlNode {
  kind: Kind;
  readonly children: Map<string, TomlNode>;
  /** Where it was written, for a `header`. */
  table?: TomlTable;
  /** With its key, for what a key was written for. */
  pair?: TomlPair;
}

export interface TomlDocument {
  readonly text: string;
  readonly tables: readonly TomlTable[];
  readonly root: TomlNode;
}

function node(kind: Kind): TomlNode {
  return { kind, children: new Map() };
}

class Builder {
  readonly root = node("header");
  readonly tables: TomlTable[] = [];
  private readonly reader: TomlReader;
  private current = this.root;

  constructor(reader: TomlReader) {
    this.reader = reader;
    this.open([], this.root, reader.at, reader.at);
  }

  private open(path: readonly string[], target: TomlNode, start: number, headerEnd: number): void {
    const table = { path, start, headerEnd, pairs: [] };
    target.table = table;
    this.tables.push(table);
    this.current = target;
  }

  /** `[a.b]` or `[[a.b]]`. @param start where its line begins */
  header(start: number): void {
    const { reader } = this;
    const many = reader.take("[[");
    if (!many) reader.take("[");
    const path = reader.keys();
    if (!reader.take(many ? "]]" : "]")) reader.fail(`expected ${many ? "]]" : "]"}`);
    let parent = this.root;
    for (const name of path.slice(0, -1)) parent = this.enter(parent, name);
    const last = path.at(-1) ?? "";
    this.open(path, many ? this.another(parent, last) : this.define(parent, last), start, reader.at);
  }

  /** A table on the way to the one that a header names. */
  private enter(parent: TomlNode, name: string): TomlNode {
    const there = parent.children.get(name) ?? node("implied");
    parent.children.set(name, there);
    if (there.kind === "inline" || there.kind === "value") this.reader.fail(`${name} is no table to add to`);
    return there;
  }

  private define(parent: TomlNode, name: string): TomlNode {
    const there = parent.children.get(name) ?? node("header");
    if (parent.children.has(name) && there.kind !== "implied") this.reader.fail(`${name} is there already`);
    there.kind = "header";
    parent.children.set(name, there);
    return there;
  }

  /** One more table of an array: what follows belongs to it alone. */
  private another(parent: TomlNode, name: string): TomlNode {
    if (parent.children.has(name) && parent.children.get(name)?.kind !== "tables") {
      this.reader.fail(`${name} is there already`);
    }
    const fresh = node("tables");
    parent.children.set(name, fresh);
    return fresh;
  }

  pair(): void {
    const pair = this.reader.pair();
    this.tables.at(-1)?.pairs.push(pair);
    this.add(this.current, pair);
  }

  private add(target: TomlNode, pair: TomlPair): void {
    let parent = target;
    for (const name of pair.keys.slice(0, -1)) {
      const there = parent.children.get(name) ?? node("dotted");
      if (there.kind !== "dotted") this.reader.fail(`${name} is there already`, pair.start);
      parent.children.set(name, there);
      parent = there;
    }
    const last = pair.keys.at(-1) ?? "";
    if (parent.children.has(last)) this.reader.fail(`${last} is there already`, pair.start);
    parent.children.set(last, this.valueNode(pair));
  }

  private valueNode(pair: TomlPair): TomlNode {
    const { value } = pair;
    const made = node(value.kind === "table" ? "inline" : "value");
    made.pair = pair;
    this.checkWithin(value, made);
    return made;
  }

  /** Inline tables may repeat no key, wherever they are. */
  private checkWithin(value: TomlValue, target: TomlNode): void {
    if (value.kind === "table") for (const pair of value.pairs) this.add(target, pair);
    if (value.kind === "array") for (const item of value.items) this.checkWithin(item, node("inline"));
  }
}

/**
 * Reads a TOML 1.0 text with the place of everything in it.
 * @throws TsrunError "line 3: …" for what is not TOML
 */
export function parseToml(text: string): TomlDocument {
  const reader = new TomlReader(text);
  const builder = new Builder(reader);
  while (!reader.done) {
    const start = reader.at;
    reader.skipBlanks();
    const next = text[reader.at];
    if (next === "[") builder.header(start);
    else if (next !== undefined && next !== "#" && next !== "\n" && next !== "\r") builder.pair();
    reader.endLine();
  }
  return { text, tables: builder.tables, root: builder.root };
}

/** What a path leads to, through tables of every kind; the last one of an array of tables. */
export function findNode(document: TomlDocument, path: readonly string[]): TomlNode | undefined {
  let found: TomlNode | undefined = document.root;
  for (const name of path) found = found?.children.get(name);
  return found;
}

/** The value at a path. */
export function findValue(document: TomlDocument, path: readonly string[]): TomlValue | undefined {
  return findNode(document, path)?.pair?.value;
}

/** The string at a path; undefined for another value, too. */
export function findString(document: TomlDocument, path: readonly string[]): string | undefined {
  const value = findValue(document, path);
  return value?.kind === "string" ? value.value : undefined;
}
