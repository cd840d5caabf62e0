import { openSync, readFileSync, writeSync } from "node:fs";
import type { Amount } from "./subject.ts";
import { makeSubject, type SubjectName } from "./subjects/index.ts";

/** What a worker is to do; its argument as JSON. */
export interface Job extends Amount {
  readonly subject: SubjectName;
  /** The subject's own; a bundle where that wants one. */
  readonly directory: string;
}

/** Descriptor on which a worker says that it begins a case and ends it, a byte each. */
export const PROGRESS = 3;
const MOST_SHOWN = 4000;
export const BEGIN = "(";
const END = ")";

/** Where a worker writes down the case that it is at, and behind that a mark: the file is never made shorter. */
const caseFile = ({ directory }: Pick<Job, "directory">): string => `${directory}/case`;
const CASE_END = "\0end\n";

/** The case that a worker was at. */
export function lastCase(job: Pick<Job, "directory">): string {
  return readFileSync(caseFile(job), "utf8").split(CASE_END, 1)[0] ?? "";
}

/** Tries generated inputs in a process that may crash or hang: the one that started it watches. */
export function work(job: Job): void {
  const file = openSync(caseFile(job), "w");
  const found = makeSubject(job.subject, job.directory).check(job, {
    begin: (input) => {
      writeSync(file, input.slice(0, MOST_SHOWN) + CASE_END, 0);
      writeSync(PROGRESS, BEGIN);
    },
    end: () => writeSync(PROGRESS, END),
  });
  if (found === undefined) return;
  console.log(`${found.fault.slice(0, MOST_SHOWN)}\n${found.input.slice(0, MOST_SHOWN)}`);
  process.exitCode = 1;
}
