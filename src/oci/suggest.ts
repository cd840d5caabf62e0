/** Fewest insertions, deletions, replacements and swaps of neighbours that make `a` of `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

/** Longest text that is looked at: nobody mistypes a name of this length, and the distance costs its square. */
const longest = 64;

/**
 * The candidate that `text` probably was meant to be, or undefined: at most a third of its letters may differ, upper
 * and lower case count as the same, and so does a candidate that holds the text as its end ("KILL" for "CAP_KILL").
 */
export function nearMiss(text: string, candidates: readonly string[]): string | undefined {
  if (text === "" || text.length > longest) {
    return undefined;
  }
  const wanted = text.toLowerCase();
  const ending = candidates.find((candidate) => candidate.toLowerCase().endsWith(`_${wanted}`));
  const ranked = candidates
    .filter((candidate) => candidate !== "")
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate ?? ending;
}

/** ` (did you mean "X"?)` for a near miss, otherwise nothing. */
export function didYouMean(text: string, candidates: readonly string[]): string {
  const candidate = nearMiss(text, candidates);
  return candidate === undefined ? "" : ` (did you mean ${JSON.stringify(candidate)}?)`;
}
