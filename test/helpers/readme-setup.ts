// The code blocks of README.md that set engines up, by the comment before each: <!-- setup: NAME -->.
import { readFileSync } from "node:fs";

const block = /^<!-- setup: ([a-z0-9-]+) -->\n```[a-z]+\n(.*?)^```$/gms;

const found = [...readFileSync("README.md", "utf8").matchAll(block)];

/** All of them by their names. */
export const readmeSetups: ReadonlyMap<string, string> = new Map(
  found.map(([, name = "", text = ""]) => [name, text]),
);

/** Why the tests of these blocks cannot run: a reason that nobody may write down, so that it fails in CI. */
export const noSetups: string | false = found.length === 0 && "README.md has no set-up blocks";
