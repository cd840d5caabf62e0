import type { Result } from "./suite.ts";

/** One runtime's column. */
export interface Column {
  readonly name: string;
  readonly results: readonly Result[];
  /** Cgroups that none of the programs accounts for. */
  readonly cgroups: readonly string[];
}

/** A row a program, a column a runtime, and the sums. */
export function formatScoreboard(programs: readonly string[], columns: readonly Column[]): string {
  const first = Math.max(...programs.map((program) => program.length));
  const widths = columns.map(({ name }) => Math.max(name.length, "pass, unclean".length));
  const row = (title: string, cells: readonly string[]) =>
    [title.padEnd(first), ...cells.map((cell, index) => cell.padEnd(widths[index] ?? 0))]
      .join("  ")
      .trimEnd();
  const cell = (program: string, { results }: Column) => {
    const result = results.find((candidate) => candidate.program === program);
    const verdict = result?.fault === undefined ? "pass" : "-";
    return result !== undefined && result.left.length > 0 ? `${verdict}, unclean` : verdict;
  };
  const passes = ({ results }: Column) =>
    `${results.filter(({ fault }) => fault === undefined).length} of ${results.length}`;
  return [
    row(
      "",
      columns.map(({ name }) => name),
    ),
    ...programs.map((program) =>
      row(
        program,
        columns.map((column) => cell(program, column)),
      ),
    ),
    row("passed", columns.map(passes)),
  ].join("\n");
}
