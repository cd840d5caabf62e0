import { ElfFile } from "../addon/elf.ts";

/** Bun's start raises the soft RLIMIT_NOFILE to the hard one through this function; it asks with the other before. */
const SETTER = "setrlimit";
const GETTER = "getrlimit";

/**
 * Takes from an executable the means to change its own resource limits: where it calls setrlimit(3), the dynamic loader
 * gives it getrlimit(3), which has the same signature and version. What tsrun was started with is then what the
 * container gets where config.json sets no limit. It can't be learnt later: the parent's limits are other ones where the
 * parent is written in Go (containerd's shim raises its own and hands the original to its children).
 *
 * tsrun itself sets limits by prlimit64(2), which is a system call of its own.
 * @param executable a dynamically linked executable
 * @returns the same, with one symbol that has another's name
 * @throws Error where it does not import both functions
 */
export function withOwnLimits(executable: Buffer): Buffer {
  const result = Buffer.from(executable);
  const symbols = new ElfFile(result).undefinedSymbols();
  const place = (name: string): number => {
    const symbol = symbols.find((candidate) => candidate.name === name);
    if (symbol === undefined) {
      throw new Error(`the executable does not import ${name}`);
    }
    return symbol.at;
  };
  // st_name, the first field of Elf64_Sym: an offset in the string table.
  result.copy(result, place(SETTER), place(GETTER), place(GETTER) + 4);
  return result;
}
