// What is not compared, as it may be otherwise from run to run or from runtime to runtime.
import type { Summary } from "./summary.ts";

interface Difference {
  /** The test file's name without its ending; all of them without it. */
  readonly file?: RegExp;
  /** A call and its answer. */
  readonly call?: RegExp;
  /** All that was asked of a container from its creation to its end, a line a call. */
  readonly life?: RegExp;
  readonly reason: string;
}

const differences: readonly Difference[] = [
  {
    call: /^(kill|exec) .* -> status \d+, (shim: (not running|gone)|too late)/,
    reason: "a container may just have ended",
  },
  {
    life: /delete force .*\n(.*\n)*(kill|exec) /,
    reason: "a container that is restarted may be stopped while it runs or when it just does not",
  },
  {
    file: /^docker-newer$/,
    call: /-> status \d+, Docker: 126(, Podman: 126)?$/,
    reason: "of a directory runc says since 1.2 what Docker alone takes for 126; tsrun says both",
  },
];

/** Test files that make no machine for runc: they are about commands that tsrun alone has. */
export const ofTsrunAlone: readonly string[] = ["setup"];

/** A summary's texts without what is known to differ, sorted. */
export function comparable(file: string, { lives, others }: Summary): { lives: string[]; others: string[] } {
  const known = differences.filter((each) => each.file?.test(file) ?? true);
  const calls = (texts: Iterable<string>) =>
    [...texts].filter((text) => !known.some(({ call }) => call?.test(text)));
  const rest = [...lives].map((text) => calls(text.split("\n")).join("\n"));
  const compared = rest.filter((text) => !known.some(({ life }) => life?.test(text)));
  return { lives: [...new Set(compared)].sort(), others: calls(others).sort() };
}
