/** Where runc and tsrun are known to be asked or to answer differently. */
interface Difference {
  /** The test file's name without its ending. */
  readonly file: RegExp;
  /** In a summary's lines, of either runtime. */
  readonly call: RegExp;
  readonly reason: string;
}

/** Lines of summaries that are left out of the comparison, each with its reason. */
export const differences: readonly Difference[] = [];

/** Whether a line is not compared. */
export function isKnownToDiffer(file: string, line: string): boolean {
  return differences.some((each) => each.file.test(file) && each.call.test(line));
}
