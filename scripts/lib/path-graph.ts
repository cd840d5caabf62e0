/** Which functions lead to a system call, or a function of Node's, that takes a path from elsewhere. */
import { dirname, join } from "node:path";
import {
  isCallExpression,
  isClassDeclaration,
  isExportDeclaration,
  isFunctionDeclaration,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isNamedImports,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isStringLiteral,
  isTypeReferenceNode,
  isVariableStatement,
  type Node,
  type SourceFile,
  SyntaxKind,
} from "typescript/unstable/ast";
import { pathCallOf } from "./path-calls.ts";
import { type Trees, walkTree } from "./syntax.ts";

/** Modules of Node's whose functions take paths. */
const openers = /^(?:node:)?(?:fs|fs\/promises|child_process|net|http|https|module|worker_threads)$/;
/** All that a module declares. */
export const ALL = "*";

/** What a file imports by value, by its local names: `file#name`, or a module's name. */
export interface Imported {
  readonly local: string;
  readonly from: string;
  /** Its name there; `*` for a namespace or a module that is required whole. */
  readonly name: string;
}

export function isOpener(module: string): boolean {
  return openers.test(module);
}

export function idOf(file: string, name: string): string {
  return `${file}#${name}`;
}

function targetOf(file: string, specifier: string): string {
  return specifier.startsWith(".") ? join(dirname(file), specifier) : specifier;
}

/** The imports of a file, `require()` in functions among them, under the name "" as nobody knows what is used of it. */
export function importsIn(file: string, tree: SourceFile): Imported[] {
  const found: Imported[] = [];
  for (const statement of tree.statements) {
    if (isImportDeclaration(statement)) found.push(...namesOf(file, statement));
  }
  walkTree(tree, (node) => {
    const module = requiredBy(node);
    if (module !== undefined) found.push({ local: "", from: targetOf(file, module), name: ALL });
    return true;
  });
  return found;
}

function namesOf(file: string, node: Node): Imported[] {
  if (!isImportDeclaration(node) || !isStringLiteral(node.moduleSpecifier)) return [];
  const { importClause: clause } = node;
  if (clause === undefined || clause.phaseModifier === SyntaxKind.TypeKeyword) return [];
  const from = targetOf(file, node.moduleSpecifier.text);
  const { name, namedBindings: bindings } = clause;
  const whole = name === undefined ? [] : [{ local: name.text, from, name: ALL }];
  if (bindings === undefined) return whole;
  if (!isNamedImports(bindings)) return [...whole, { local: bindings.name.text, from, name: ALL }];
  const named = bindings.elements.filter((element) => !element.isTypeOnly);
  return [
    ...whole,
    ...named.map((element) => ({
      local: element.name.text,
      from,
      name: element.propertyName?.text ?? element.name.text,
    })),
  ];
}

/** The module of `require("…")` or `import("…")`. */
function requiredBy(node: Node): string | undefined {
  if (!isCallExpression(node)) return undefined;
  const callee = node.expression;
  const [module] = node.arguments;
  const isRequire = isIdentifier(callee) ? callee.text === "require" : callee.getText() === "import";
  return isRequire && module !== undefined && isStringLiteral(module) ? module.text : undefined;
}

/** What a file declares at its top, by name. */
function declarationsIn(tree: SourceFile): Map<string, Node> {
  const found = new Map<string, Node>();
  for (const statement of tree.statements) {
    if (isFunctionDeclaration(statement) || isClassDeclaration(statement)) {
      if (statement.name !== undefined) found.set(statement.name.text, statement);
    } else if (isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations) {
        walkTree(declaration.name, (node) => {
          if (isIdentifier(node)) found.set(node.text, declaration);
          return true;
        });
      }
    }
  }
  return found;
}

/** The names that a declaration uses: no properties, no types. */
function usedIn(declaration: Node): Set<string> {
  const used = new Set<string>();
  walkTree(declaration, (node) => {
    if (isTypeReferenceNode(node) || isImportTypeNode(node)) return false;
    if (isPropertyAccessExpression(node)) {
      for (const name of usedIn(node.expression)) used.add(name);
      return false;
    }
    if (isPropertyAssignment(node)) {
      for (const name of usedIn(node.initializer)) used.add(name);
      return false;
    }
    if (isIdentifier(node)) used.add(node.text);
    return true;
  });
  return used;
}

/** A declaration, and those that use it. */
class Graph {
  readonly users = new Map<string, Set<string>>();
  readonly seeds = new Set<string>();

  add(file: string, tree: SourceFile): void {
    const declarations = declarationsIn(tree);
    const imports = new Map(importsIn(file, tree).map((each) => [each.local, each]));
    for (const [name, node] of declarations) {
      const id = idOf(file, name);
      this.#use(id, idOf(file, ALL));
      walkTree(node, (each) => {
        if (pathCallOf(each) !== undefined) this.seeds.add(id);
        const module = requiredBy(each);
        if (module !== undefined) this.#depend(id, targetOf(file, module), ALL);
        return true;
      });
      for (const used of usedIn(node)) {
        if (declarations.has(used) && used !== name) this.#use(idOf(file, used), id);
        const imported = imports.get(used);
        if (imported !== undefined) this.#depend(id, imported.from, imported.name);
      }
    }
  }

  #depend(id: string, from: string, name: string): void {
    if (isOpener(from)) this.seeds.add(id);
    else this.#use(idOf(from, name), id);
  }

  #use(used: string, user: string): void {
    const users = this.users.get(used) ?? new Set();
    this.users.set(used, users.add(user));
  }
}

/**
 * The declarations, as `file#name`, that open a path which is handed to them, at first hand or through others; `file#*` for
 * a file that has one. @param isConfined whether a declaration may use such a call, and is sure of where it leads
 */
export function takersOfPaths(trees: Trees, isConfined: (id: string) => boolean): ReadonlySet<string> {
  const graph = new Graph();
  for (const [file, tree] of trees) graph.add(file, tree);
  const takers = new Set<string>();
  const left = [...graph.seeds];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (takers.has(id) || isConfined(id)) continue;
    takers.add(id);
    left.push(...(graph.users.get(id) ?? []));
  }
  return takers;
}

/** Files that hand on what others declare: `export … from`. Nobody could tell then what is imported. */
export function reexportsIn(tree: SourceFile): boolean {
  return tree.statements.some(
    (statement) =>
      isExportDeclaration(statement) && statement.moduleSpecifier !== undefined && !statement.isTypeOnly,
  );
}
