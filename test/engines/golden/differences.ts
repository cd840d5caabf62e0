/** What is not compared, as it may be otherwise from run to run or from runtime to runtime. */
interface Difference {
  /** The test file's name without its ending; all of them without it. */
  readonly file?: RegExp;
  /** What an engine asked of a container from its creation to its end, a line a call, or one call of another kind. */
  readonly text: RegExp;
  readonly reason: string;
}

const differences: readonly Difference[] = [
  {
    text: /delete force .*\n(.*\n)*kill/,
    reason: "a container that is restarted may be stopped while it runs or just then when it does not",
  },
];

/** Whether a line of a summary is not compared. */
export function isKnownToDiffer(file: string, text: string): boolean {
  return differences.some((each) => (each.file?.test(file) ?? true) && each.text.test(text));
}
