import type { Diagnosis } from "../doctor/doctor.ts";
import type { Finding } from "../doctor/finding.ts";
import { harmless } from "./log-format.ts";

/** Columns of what is said beside what was found. */
const [STATE, GAP] = [7, 2];

/** A diagnosis for readers: an area after the other, what to do below what lacks, a summary last. */
export function diagnosisText({ sections, summary, canRun }: Diagnosis): string {
  const width = Math.max(...sections.flatMap(({ findings }) => findings.map(({ name }) => name.length)));
  const texts = sections.map(({ area, findings }) => {
    return [area, ...findings.flatMap((finding) => linesOf(finding, width))].join("\n");
  });
  const counts = `${summary.ok} ok, ${summary.limited} limited, ${summary.missing} missing`;
  const verdict = canRun ? "containers can be run here" : "no container can be run here";
  return `${texts.join("\n\n")}\n\n${counts}: ${verdict}\n`;
}

function linesOf({ name, state, found, consequence, remedy }: Finding, width: number): string[] {
  const gap = " ".repeat(GAP);
  const indent = " ".repeat(GAP + STATE + GAP + width + GAP);
  return [
    `${gap}${state.padEnd(STATE)}${gap}${name.padEnd(width)}${gap}${harmless(found)}`,
    ...(consequence === undefined ? [] : [`${indent}so: ${consequence}`]),
    ...(remedy === undefined ? [] : [`${indent}do: ${remedy}`]),
  ];
}
