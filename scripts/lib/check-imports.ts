/**
 * Who may import whom (src/README.md). A folder of src/ imports from itself and from folders of a lower level; `import
 * type` counts, files import no circle, and a package or module with a home is imported nowhere else.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listSources } from "./sources.ts";

const levels: readonly (readonly string[])[] = [
  ["base"],
  ["sys", "oci", "bpf"],
  ["seccomp", "cgroups", "resctrl", "rootfs", "namespaces", "security", "terminal", "hooks", "engine"],
  ["init"],
  ["container", "doctor"],
  ["cli"],
];

/** What a folder may not import although its level is lower, and why. */
const forbidden: readonly { from: string; to: string; reason: string }[] = [
  { from: "cli", to: "init", reason: "commands ask container/, which owns the order of steps" },
];

/** Packages with a home of their own. */
const homes: readonly { module: RegExp; folder: string; reason: string }[] = [
  { module: /^(koffi|bun:.*)$/, folder: "sys", reason: "one place turns native calls into typed ones" },
  { module: /^yargs/, folder: "cli", reason: "the library below must not know a command line" },
  {
    module: /^zod/,
    folder: "container",
    reason: "it describes tsrun's own documents, from which the build makes types and validators",
  },
  {
    module: /^(ajv|esbuild|fast-check|smol-toml|yaml$)/,
    folder: "(build time)",
    reason: "the build and the tests use these; nothing of them boots with a container",
  },
];

/** What only src/cli and src/main.ts do. */
const cliOnly = /\bprocess\.(exit|argv|exitCode|stdout|stderr)\b/;

export interface ImportEdge {
  readonly from: string;
  readonly specifier: string;
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^;"']*?from\s*["']([^"']+)["']|(?:^|\n)\s*import\s*["']([^"']+)["']|\b(?:require|import)\(\s*["']([^"']+)["']\s*\)/g;

/** Specifiers that a source names, by import, export … from, require() or a type's import(). */
export function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, "$1");
  return [...code.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

/** What a function requires when it is called: it can neither keep a module from being made nor see it half made. */
const lazyRequire =
  /\(\) =>\s*require\(\s*["'][^"']+["']\s*\)(?:\s*as typeof import\(\s*["'][^"']+["']\s*\))?/g;

function folderOf(file: string): string {
  return file.split("/")[1] ?? "";
}

function levelOf(file: string): number {
  const level = levels.findIndex((folders) => folders.includes(folderOf(file)));
  return file === "src/main.ts" ? levels.length : level;
}

/** What is wrong with one import, or undefined. `to` is a path under src/ or a module's name. */
export function judgeImport(from: string, to: string): string | undefined {
  if (!to.startsWith("src/")) {
    const home = homes.find(({ module }) => module.test(to));
    return home === undefined || folderOf(from) === home.folder
      ? undefined
      : `${from} imports ${to}, which belongs to ${home.folder}: ${home.reason}`;
  }
  if (folderOf(from) === folderOf(to)) {
    return undefined;
  }
  const rule = forbidden.find((each) => each.from === folderOf(from) && each.to === folderOf(to));
  if (rule !== undefined) {
    return `${from} imports ${to}: ${rule.reason}`;
  }
  return levelOf(to) < levelOf(from)
    ? undefined
    : `${from} imports ${to}, which is not of a lower level than ${folderOf(from)}`;
}

/** The first circle among the files, as a path, or undefined. */
export function findCircle(edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) {
      return [...path.slice(path.indexOf(file)), file];
    }
    if (done.has(file)) {
      return undefined;
    }
    for (const next of edges.get(file) ?? []) {
      const circle = visit(next, [...path, file]);
      if (circle !== undefined) {
        return circle;
      }
    }
    done.add(file);
    return undefined;
  };
  for (const file of edges.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) {
      return circle;
    }
  }
  return undefined;
}

function resolveImport(from: string, specifier: string): string {
  return specifier.startsWith(".") ? join(dirname(from), specifier) : specifier;
}

/** Every import of src/ that breaks the table. */
export function findImportFaults(): string[] {
  const files = listSources("src");
  const unplaced = files
    .filter((file) => levelOf(file) === -1)
    .map((file) => `${file} is in no folder of the table`);
  const sources = files.map((file) => ({ file, source: readFileSync(file, "utf8") }));
  const edgesOf = (read: (source: string) => string[]) =>
    new Map(sources.map(({ file, source }) => [file, read(source).map((each) => resolveImport(file, each))]));
  const edges = edgesOf(importsOf);
  const faults = [...edges].flatMap(([file, imports]) => imports.map((each) => judgeImport(file, each)));
  const talkers = sources
    .filter(({ file, source }) => levelOf(file) < levelOf("src/cli/x.ts") && cliOnly.test(source))
    .map(({ file }) => `${file} exits, prints or reads argv: only src/cli does`);
  const circle = findCircle(edgesOf((source) => importsOf(source.replaceAll(lazyRequire, ""))));
  return [
    ...unplaced,
    ...faults.filter((fault) => fault !== undefined),
    ...talkers,
    ...(circle === undefined ? [] : [`imports go round: ${circle.join(" -> ")}`]),
  ];
}
