// The code blocks of README.md that set engines up, by the comment before each: <!-- setup: NAME -->.
import { readFileSync } from "node:fs";

const block = /^<!-- setup: ([a-z0-9-]+) -->\n```[a-z]+\n(.*?)^```$/gms;

/** All of them by their names. */
export const readmeSetups: ReadonlyMap<string, string> = new Map(
  [...readFileSync("README.md", "utf8").matchAll(block)].map(([, name = "", text = ""]) => [name, text]),
);
