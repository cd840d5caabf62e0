/** A program that cannot be executed, the status that Docker makes of it, and the words by which it finds that. */
export type Failure = readonly [what: string, program: string, status: number, words: RegExp];

/** Those that every Docker takes alike. */
export const failures: readonly Failure[] = [
  [
    "no program of the name",
    "nosuchprogram",
    127,
    /exec: "nosuchprogram": executable file not found in \$PATH/,
  ],
  ["no such path", "/no/such", 127, /exec: "\/no\/such": stat \/no\/such: no such file or directory/],
  ["a file that nobody may execute", "/etc/passwd", 126, /exec: "\/etc\/passwd": permission denied/],
];
