/** Signal names without their SIG and their numbers: asm-generic, so the same on x86-64 and arm64 (signal(7)). */
const numbers: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  PWR: 30,
  SYS: 31,
};

/** Other names of the same signals. */
const synonyms: Readonly<Record<string, string>> = { IOT: "ABRT", CLD: "CHLD", POLL: "IO" };

/** glibc's range of real-time signals; 32 and 33 are its own. */
const realTime = { first: 34, last: 64 } as const;

function realTimeNumber(name: string): number | undefined {
  const match = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (match === null) {
    return undefined;
  }
  const [, end, sign, offset = "0"] = match;
  const number = (end === "MIN" ? realTime.first : realTime.last) + Number(`${sign ?? ""}${offset}`);
  return number >= realTime.first && number <= realTime.last ? number : undefined;
}

/** The number of a signal by its name, in any case, with or without SIG (`SIGRTMIN+3` included); undefined if unknown. */
export function signalNumber(name: string): number | undefined {
  const bare = name.toUpperCase().replace(/^SIG/, "");
  const known = synonyms[bare] ?? bare;
  return Object.hasOwn(numbers, known) ? numbers[known] : realTimeNumber(bare);
}

/** The full name of a signal (`SIGTERM`, `SIGRTMIN+3`), or its number in digits if it has no name. */
export function signalName(number: number): string {
  const found = Object.entries(numbers).find(([, value]) => value === number);
  if (found !== undefined) {
    return `SIG${found[0]}`;
  }
  return number >= realTime.first && number <= realTime.last
    ? `SIGRTMIN+${number - realTime.first}`
    : String(number);
}
