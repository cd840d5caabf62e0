import { TsrunError } from "../../base/errors.ts";
import { applyEdits, type Edit, indentationAt, lineEnding, lineStart, nextLine } from "../text-edit.ts";
import { findNode, type TomlDocument, type TomlNode, type TomlTable } from "./document.ts";
import type { TomlPair, TomlValue } from "./reader.ts";

type Path = readonly string[];
type TomlArray = TomlValue & { readonly kind: "array" };

/** A table to be added: its keys with their values as TOML. */
interface NewTable {
  readonly path: Path;
  readonly pairs: Record<string, string>;
}

/** A string, or strings, as TOML. */
export function tomlString(text: string): string {
  return JSON.stringify(text);
}

export function tomlStrings(texts: readonly string[]): string {
  return `[${texts.map(tomlString).join(", ")}]`;
}

/** The header of a table; none for the first. Names are quoted as the document does it: containerd 2 writes '…'. */
function headerLines(path: Path, { text }: TomlDocument): string[] {
  const single = /^[ \t]*\[.*'/m.test(text) && !/^[ \t]*\[.*"/m.test(text);
  const quote = (name: string) => (single ? `'${name}'` : tomlString(name));
  const names = path.map((name) => (/^[A-Za-z0-9_-]+$/.test(name) ? name : quote(name)));
  return path.length === 0 ? [] : [`[${names.join(".")}]`];
}

/** Ends the last line of a text, and leaves a line free before what is added. */
function separator(text: string): string {
  const newline = lineEnding(text);
  if (/^\uFEFF?$/.test(text)) return "";
  if (!text.endsWith("\n")) return newline + newline;
  return /(^|\n)[ \t]*\r?\n$/.test(text) ? "" : newline;
}

/**
 * Changes to a document, by lines: what is not named keeps its bytes. What is added in new tables goes to the end, where no
 * comment can be torn from what it is about.
 */
export class TomlEditor {
  private readonly document: TomlDocument;
  private readonly before: TomlDocument | undefined;
  private readonly edits: Edit[] = [];
  private readonly fresh: NewTable[] = [];
  private readonly unset = new Set<TomlPair>();

  /** @param before how the document was once: tables that it had stay when they get empty */
  constructor(document: TomlDocument, before?: TomlDocument) {
    this.document = document;
    this.before = before;
  }

  /** Gives a key a value: where it stands, in the table that is there, or in a new one. @throws TsrunError */
  set(path: Path, key: string, value: string): void {
    const { start, end } = this.pairAt([...path, key])?.value ?? {};
    if (start !== undefined && end !== undefined) {
      this.edits.push({ start, end, text: value });
      return;
    }
    const table = path.length === 0 ? undefined : findNode(this.document, path)?.table;
    if (table === undefined) this.addTo(path, { [key]: value });
    else this.edits.push(this.insertion(table, `${key} = ${value}`));
  }

  /** Adds keys to a table that is not there, which is made. @throws TsrunError where no header can make it */
  addTo(path: Path, pairs: Readonly<Record<string, string>>): void {
    const known = this.fresh.find((table) => table.path.join("\n") === path.join("\n"));
    if (known === undefined) {
      this.checkExtensible(path);
      this.fresh.push({ path, pairs: { ...pairs } });
    } else Object.assign(known.pairs, pairs);
  }

  private checkExtensible(path: Path): void {
    for (let depth = 1; depth <= path.length; depth++) {
      const part = path.slice(0, depth);
      const kind = findNode(this.document, part)?.kind ?? "implied";
      if (kind !== "implied" && (kind !== "header" || depth === path.length)) refuseForm(part);
    }
  }

  /** One more line, after the last pair of a table or after its header. */
  private insertion(table: TomlTable, line: string): Edit {
    const { text } = this.document;
    const last = table.pairs.at(-1);
    const header = indentationAt(text, table.start);
    const indentation =
      last === undefined ? header + (header === "" ? "" : "  ") : indentationAt(text, last.start);
    const start = nextLine(text, last?.value.end ?? table.headerEnd);
    const newline = lineEnding(text);
    const ended = text[start - 1] === "\n";
    return { start, end: start, text: ended ? indentation + line + newline : newline + indentation + line };
  }

  /** Adds a string behind the last one of an array, before what is in it that is none. */
  addToArray({ items, start }: TomlArray, text: string): void {
    const last = items.filter(({ kind }) => kind === "string").at(-1);
    const at = last?.end ?? start + 1;
    const comma = items.length > 0 ? ", " : "";
    const added = last === undefined ? tomlString(text) + comma : comma + tomlString(text);
    this.edits.push({ start: at, end: at, text: added });
  }

  /** Takes a string out of an array, with the comma before it, or after it where it is the first. */
  removeFromArray({ items }: TomlArray, text: string): void {
    const index = items.findIndex((item) => item.kind === "string" && item.value === text);
    const item = items[index];
    if (item === undefined) return;
    const start = items[index - 1]?.end ?? item.start;
    const end = index > 0 ? item.end : (items[index + 1]?.start ?? item.end);
    this.edits.push({ start, end, text: "" });
  }

  /** Removes a key with its line. @throws TsrunError where it is part of an inline table */
  remove(path: Path): void {
    const pair = this.pairAt(path);
    if (pair === undefined) return;
    if (!this.document.tables.some(({ pairs }) => pairs.includes(pair))) refuseForm(path.slice(0, -1));
    this.unset.add(pair);
  }

  /** Gives a key back the value that it had before, or none. */
  restore(path: Path): void {
    const value = this.before && findNode(this.before, path)?.pair?.value;
    if (this.before === undefined || value === undefined) this.remove(path);
    else this.set(path.slice(0, -1), path.at(-1) ?? "", this.before.text.slice(value.start, value.end));
  }

  /** Removes a table and those below it. @throws TsrunError where it has no header */
  removeTables(path: Path): void {
    const { tables } = this.document;
    const within = tables.filter((table) => path.every((name, index) => table.path[index] === name));
    if (within.length === 0 || isInline(findNode(this.document, path))) refuseForm(path);
    this.edits.push(...within.map((table) => this.tableRemoval(table)));
  }

  /** From a table's header to its last pair, and the free line before it. */
  private tableRemoval(table: TomlTable): Edit {
    const { text } = this.document;
    const end = nextLine(text, table.pairs.at(-1)?.value.end ?? table.headerEnd);
    const free = /(?<=^|\n)[ \t]*\r?\n$/.exec(text.slice(0, table.start));
    return { start: free?.index ?? table.start, end, text: "" };
  }

  private pairAt(path: Path): TomlPair | undefined {
    return findNode(this.document, path)?.pair;
  }

  private removals(table: TomlTable): Edit[] {
    const { text } = this.document;
    const gone = table.pairs.filter((pair) => this.unset.has(pair));
    const had = this.before !== undefined && findNode(this.before, table.path)?.table !== undefined;
    if (gone.length > 0 && gone.length === table.pairs.length && table.path.length > 0 && !had) {
      return [this.tableRemoval(table)];
    }
    return gone.map(({ start, value }) => {
      return { start: lineStart(text, start), end: nextLine(text, value.end), text: "" };
    });
  }

  private additions(): Edit[] {
    if (this.fresh.length === 0) return [];
    const { text } = this.document;
    const newline = lineEnding(text);
    const blocks = this.fresh.map(({ path, pairs }) => {
      const lines = Object.entries(pairs).map(([key, value]) => `${key} = ${value}`);
      return [...headerLines(path, this.document), ...lines].map((line) => line + newline).join("");
    });
    return [{ start: text.length, end: text.length, text: separator(text) + blocks.join(newline) }];
  }

  /** The document's text with all changes. */
  result(): string {
    const removals = this.document.tables.flatMap((table) => this.removals(table));
    return applyEdits(this.document.text, [...this.edits, ...removals, ...this.additions()]);
  }
}

function isInline(node: TomlNode | undefined): boolean {
  return node?.kind === "inline" || node?.kind === "dotted";
}

function refuseForm(path: Path): never {
  throw new TsrunError(`${path.join(".")} is not written as a [table] of its own`, {
    hint: "write it as one, or make this change by hand",
  });
}
