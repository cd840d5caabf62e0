/** runc's settings of Go's text/tabwriter: a cell is at least this wide, and this far from the next. */
const minimumWidth = 12;
const padding = 3;

/** Rows of cells as aligned lines, each ended by a newline; the last cell of a row is not padded. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? minimumWidth, [...cell].length + padding);
    });
  }
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column]))).join("");
  return rows.map((row) => `${line(row)}\n`).join("");
}

/** Counts characters, not UTF-16 units, as Go does. */
function pad(cell: string, width = 0): string {
  return cell + " ".repeat(width - [...cell].length);
}
