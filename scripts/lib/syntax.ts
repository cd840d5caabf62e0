/** Sources as the compiler's syntax trees, parsed without looking at any file: what is checked is what is passed. */
import { join } from "node:path";
import type { Node, SourceFile } from "typescript/unstable/ast";
import { createVirtualFileSystem } from "typescript/unstable/fs";
import { API } from "typescript/unstable/sync";

const ROOT = "/sources";
const CONFIG = join(ROOT, "tsconfig.json");
const compilerOptions = { noLib: true, noResolve: true, types: [], noEmit: true, module: "nodenext" };

/** Trees by the files' paths; they can be read while `withSyntax` runs. */
export type Trees = ReadonlyMap<string, SourceFile>;

/** Parses the sources, given by their paths, and passes the trees on. @throws Error where one cannot be parsed */
export function withSyntax<T>(sources: ReadonlyMap<string, string>, use: (trees: Trees) => T): T {
  const config = JSON.stringify({ compilerOptions, files: [...sources.keys()] });
  const files = Object.fromEntries([...sources].map(([path, text]) => [join(ROOT, path), text]));
  const api = new API({ cwd: ROOT, fs: createVirtualFileSystem({ ...files, [CONFIG]: config }) });
  try {
    const program = api.updateSnapshot({ openProject: CONFIG }).getProject(CONFIG)?.program;
    const trees = new Map<string, SourceFile>();
    for (const path of sources.keys()) {
      const tree = program?.getSourceFile(join(ROOT, path));
      if (tree === undefined) throw new Error(`${path} cannot be parsed`);
      trees.set(path, tree);
    }
    return use(trees);
  } finally {
    api.close();
  }
}

/** Calls `visit` with a node and all below it, but below one for which it returns false. */
export function walkTree(node: Node, visit: (node: Node) => boolean): void {
  if (!visit(node)) return;
  node.forEachChild((child) => walkTree(child, visit));
}
