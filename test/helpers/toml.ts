// What a TOML text says, by a parser that is not tsrun's.
import { parse } from "smol-toml";

/** The text's tables as ordinary objects. @throws for what is not TOML */
// biome-ignore lint/suspicious/noExplicitAny: tests compare what is in it
export function tomlOf(text: string): any {
  return structuredClone(parse(text));
}
