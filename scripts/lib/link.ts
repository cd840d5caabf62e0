// Puts esbuild's output together so that a command pays for what it loads alone.
//
// esbuild wraps a module that is required lazily in a function, but lifts all its functions out of it: in one bundle, each
// command would start with making all functions there are (1,700 of them, 0.9 ms), and with a scope that has all names.
// So esbuild splits the sources into chunks here, as it does for web pages: modules that the same entries reach. Each
// chunk becomes one function, which is called when the first of its modules is needed.
import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin, transform } from "esbuild";

/** What a lazily required source is called in a chunk, before its path from the working directory. */
const LAZY = "lazy:";
/** How a source of ours is named where it is imported. */
const SOURCE = /^\..*\.ts$/;
/** Nothing is written there: chunks have names in it. */
const OUTPUT = "/chunks";

/** Which source stands for the one at an absolute path, where that is imported by another one. */
export type Stand = (source: string, importer: string) => string;

/** Leaves the lazy `require` of a source of ours as it is. A chunk of which no name is imported need not be evaluated. */
const imports = (stand: Stand): Plugin => ({
  name: "imports",
  setup: (building) =>
    building.onResolve({ filter: SOURCE }, ({ kind, path, resolveDir, importer }) => {
      const source = stand(resolve(resolveDir, path), importer);
      return kind === "require-call"
        ? { path: `${LAZY}${relative(".", source)}`, external: true }
        : { path: source, sideEffects: false };
    }),
});

/** Takes the sources that stand for others. */
const standing = (stand: Stand): Plugin => ({
  name: "standing",
  setup: (building) =>
    building.onResolve({ filter: SOURCE }, ({ path, resolveDir, importer }) => ({
      path: stand(resolve(resolveDir, path), importer),
    })),
});

/** The sources that are required lazily by what `entries` import, and by what those import. */
async function lazyTargets(options: BuildOptions, entry: string, stand: Stand): Promise<string[]> {
  const plugins = [standing(stand)];
  const { metafile } = await build({
    ...options,
    entryPoints: [entry],
    metafile: true,
    write: false,
    plugins,
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const targets = imports.filter(
    ({ kind, original }) => kind === "require-call" && SOURCE.test(original ?? ""),
  );
  return [...new Set(targets.map(({ path }) => path))];
}

/** A chunk of esbuild's, in its form for people: statements begin in the first column and have lines of their own. */
interface Chunk {
  readonly path: string;
  readonly source: string | undefined;
  readonly text: string;
}

/** `a, b as c` as the pattern that takes these names out of an object. */
function pattern(names: string): string {
  return names.replaceAll(/([\w$]+) as ([\w$]+)/g, "$1: $2");
}

/** `a, b as c` as the object that has them under the names they are exported by. */
function object(names: string): string {
  return names.replaceAll(/([\w$]+) as ([\w$]+)/g, "$2: $1");
}

/** An import as a declaration. esbuild lifts imports to the top of a chunk or leaves them where its module begins. */
function declaration(names: string | undefined, value: string): string {
  const [, space] = /^\* as ([\w$]+)$/.exec(names ?? "") ?? [];
  if (names === undefined) {
    return `${value};`;
  }
  return names.startsWith("{")
    ? `const ${pattern(names)} = ${value};`
    : `const ${space ?? names} = ${value};`;
}

/** A chunk as a function that returns what it exports. `call` gives the call of another chunk's function. */
function closure({ text }: Chunk, call: (path: string) => string): string {
  const value = (from: string): string => (from.startsWith(".") ? call(from) : `require("${from}")`);
  const imports: string[] = [];
  let exported = "";
  const body = text
    .replaceAll(
      /^import (?:(.+?|\{[^}]*\}) from )?"([^"]+)";$/gm,
      (_, names: string | undefined, from: string) => {
        imports.push(declaration(names, value(from)));
        return "";
      },
    )
    .replace(/^export (\{[^}]*\});$/m, (_, names: string) => {
      exported = `return ${object(names)};`;
      return "";
    })
    .replaceAll(/[\w$]+\("(lazy:|node:)([^"]+)"\)/g, (_, scheme: string, name: string) =>
      scheme === LAZY ? call(name) : `require("${scheme}${name}")`,
    );
  return `() => {\n${imports.join("\n")}\n${body}\n${exported}\n}`;
}

/** Imported names become constants: what is exported must not change. */
function refuseVariables(metafile: Metafile): void {
  const sources = Object.keys(metafile.inputs).filter((path) => !/(^|\/)node_modules\//.test(path));
  const variable = sources.find((path) => /^export (let|var) /m.test(readFileSync(path, "utf8")));
  if (variable !== undefined) {
    throw new Error(`${variable} exports a variable: the bundle would keep its first value`);
  }
}

async function split(options: BuildOptions, entries: readonly string[], stand: Stand): Promise<Chunk[]> {
  const { outputFiles, metafile } = await build({
    ...options,
    minify: false,
    minifySyntax: options.minify ?? false,
    minifyIdentifiers: options.minify ?? false,
    entryPoints: [...entries],
    format: "esm",
    splitting: true,
    outdir: OUTPUT,
    outbase: ".",
    write: false,
    metafile: true,
    plugins: [imports(stand)],
    // "import.meta" is for modules, which the linked file is none. yargs asks for it where a configuration extends a package.
    define: { ...options.define, "import.meta.resolve": "undefined" },
  });
  refuseVariables(metafile);
  const sources = new Map(
    Object.entries(metafile.outputs).map(([path, { entryPoint }]) => [resolve(path), entryPoint]),
  );
  return outputFiles.map(({ path, text }) => ({ path, text, source: sources.get(path) }));
}

/**
 * Bundles a program to one CommonJS script, of which only that is evaluated that runs.
 * @param options esbuild's, with one entry point
 * @param entry the program's first source
 * @param stand sources that are taken in place of others; none but in builds for tests
 */
export async function link(
  options: BuildOptions,
  entry: string,
  stand: Stand = (source) => source,
): Promise<string> {
  const entries = [entry, ...(await lazyTargets(options, entry, stand))];
  const chunks = await split(options, entries, stand);
  const nameOf = (from: string, path: string): string => {
    const target = path.startsWith(".") ? resolve(from, "..", path) : undefined;
    const index = chunks.findIndex((chunk) => chunk.path === target || chunk.source === path);
    if (index < 0) {
      throw new Error(`${from} imports ${path}, which is no chunk`);
    }
    return `chunk${index}()`;
  };
  const functions = chunks.map(
    (chunk, index) => `const chunk${index} = once(${closure(chunk, (path) => nameOf(chunk.path, path))});`,
  );
  const script = [
    '"use strict";',
    "const once = (make) => { let made; return () => (made ??= make() ?? {}); };",
    ...functions,
    `${nameOf("", entry)};`,
  ].join("\n");
  const { code } = await transform(script, {
    minify: options.minify ?? false,
    target: options.target ?? "node20",
    format: "cjs",
    legalComments: "inline",
  });
  return code;
}
