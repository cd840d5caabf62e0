// What tsrun takes from elsewhere, by name: each with generated inputs and what is wrong with a way of taking one.
import type { Subject } from "../subject.ts";
import { annotations } from "./annotations.ts";
import { cgroupFigures } from "./cgroup-figures.ts";
import { commandLines } from "./command-lines.ts";
import { configurations } from "./configurations.ts";
import { engineFiles } from "./engine-files.ts";
import { hookStates } from "./hook-states.ts";
import { ids } from "./ids.ts";
import { kernelFiles } from "./kernel-files.ts";
import { passwdFiles } from "./passwd-files.ts";
import { processFiles } from "./process-files.ts";
import { records } from "./records.ts";
import { resourceFiles } from "./resource-files.ts";
import { seccompProfiles } from "./seccomp-profiles.ts";
import { sharedMemory } from "./shared-memory.ts";
import { stateFiles } from "./state-files.ts";

/** @param directory the subject's own */
const makers = {
  configurations,
  records,
  sharedMemory,
  stateFiles,
  processFiles,
  resourceFiles,
  commandLines,
  ids,
  kernelFiles,
  cgroupFigures,
  passwdFiles,
  engineFiles,
  seccompProfiles,
  annotations,
  hookStates,
} as const satisfies Readonly<Record<string, (directory: string) => Subject>>;

export type SubjectName = keyof typeof makers;

export const subjectNames = Object.keys(makers) as SubjectName[];

export function makeSubject(name: SubjectName, directory: string): Subject {
  return makers[name](directory);
}
