/**
 * What lies below a container's root, or in /proc and /sys, is opened by descriptors: by `sys/in-root.ts`, `make-in-root.ts`
 * and `names.ts`, by `procfs.ts`, `host-proc.ts` and `host-sys.ts`. This holds it: the folders below import nothing that
 * leads to a system call on a path (found through all of src/, not listed), make no such call themselves, and the few that
 * open paths of the host are named here, each with its reason.
 */
import { readFileSync } from "node:fs";
import {
  isBinaryExpression,
  isCallExpression,
  isNoSubstitutionTemplateLiteral,
  isStringLiteral,
  isTemplateExpression,
  type Node,
  type SourceFile,
} from "typescript/unstable/ast";
import { numbers } from "../../src/sys/numbers.ts";
import { pathArguments, pathCallOf, pathless, resolved } from "./path-calls.ts";
import { ALL, type Imported, idOf, importsIn, isOpener, reexportsIn, takersOfPaths } from "./path-graph.ts";
import { listSources } from "./sources.ts";
import { type Trees, walkTree, withSyntax } from "./syntax.ts";

/** Folders whose code works on a container's behalf. */
const guarded = /^src\/(?:rootfs|security|terminal|init|namespaces|hooks)\//;
/** Code that opens many paths of the host, and none of /proc and /sys. */
const hostsOwn = /^src\/container\//;

/** Files, or `file#name`, that use such calls and are sure of where they lead. */
export const confined: Readonly<Record<string, string>> = {
  "src/sys/in-root.ts": "resolves in a root (openat2(2) RESOLVE_IN_ROOT)",
  "src/sys/make-in-root.ts": "the same, and makes what is missing by single names",
  "src/sys/names.ts": "single names in an open directory, no link followed",
  "src/sys/procfs.ts": "below the root of a procfs, over no link and no mount",
  "src/sys/host-proc.ts": "the same, of the host",
  "src/sys/host-sys.ts": "below the root of a sysfs, over no link",
  "src/sys/root.ts": "the paths . and / alone",
  "src/sys/mount-onto.ts": "descriptors, through a verified /proc",
  "src/sys/detached-mount.ts#cloneTree": "a descriptor",
  "src/sys/detached-mount.ts#newFileSystem": "makes a mount that is at no place",
  "src/sys/detached-mount.ts#mountSetattr": "a descriptor",
  "src/sys/detached-mount.ts#moveMount": "two descriptors",
  "src/sys/new-mounts.ts#hasCall": "no path: asks whether there is such a call",
  "src/sys/self.ts#isExecutedReadOnly": "the runtime's own executable",
  "src/sys/faults.ts#faults": "in test builds alone",
};

/** Who opens paths of the host, which ones, and why. */
export interface Allowance {
  readonly names: readonly string[];
  readonly reason: string;
}

export const allowed: Readonly<Record<string, Allowance>> = {
  "src/container/resctrl.ts": { names: ["/proc/self/mountinfo"], reason: "where the host has resctrl" },
  "src/container/resctrl-update.ts": {
    names: ["/proc/self/mountinfo"],
    reason: "where the host has resctrl",
  },
  "src/container/statistics.ts": { names: ["/proc/self/mountinfo"], reason: "where the host has resctrl" },
  "src/hooks/launch.ts": {
    names: ["chdir", "call execve"],
    reason: "a hook's program and directory, which are the host's",
  },
  "src/init/join.ts": {
    names: ["openHostNamespace"],
    reason: "namespaces to join, opened before any is joined",
  },
  "src/init/last-batch.ts": { names: ["call execve"], reason: "the container's program, as its user" },
  "src/init/mount-point.ts": { names: ["realPath"], reason: "the root file system itself" },
  "src/init/program.ts": {
    names: ["mayExecute", "stat"],
    reason: "looks for the program as the container's user, in its root, as execve(2) will",
  },
  "src/init/root.ts": {
    names: ["makeHostMountPrivate"],
    reason: "the mount that the root file system is on",
  },
  "src/init/working-directory.ts": {
    names: ["chdir"],
    reason: "as the container's user, in its root; where that led is looked at (CVE-2024-21626)",
  },
  "src/namespaces/host-network.ts": { names: ["hostInode"], reason: "the namespace that is to be joined" },
  "src/namespaces/map-helper.ts": {
    names: ["spawnSync", "accountName"],
    reason: "newuidmap(1), and the name in /etc/passwd that its error is about",
  },
  "src/rootfs/bind-mount.ts": { names: ["cloneHostTree", "hostLink"], reason: "sources of bind mounts" },
  "src/rootfs/cgroup-mount.ts": { names: ["cloneHostTree"], reason: "the container's cgroup" },
  "src/rootfs/devices.ts": {
    names: ["openHost"],
    reason: "the host's device nodes, which are then looked at",
  },
  "src/rootfs/file-system-mount.ts": {
    names: ["tryOpenHost"],
    reason: "the host's sysfs and mqueue, which are then looked at",
  },
  "src/rootfs/host-views.ts": {
    names: ["coverHostDirectory", "detachHostMount"],
    reason: "the host's mounts, in init's mount namespace, before it enters the root",
  },
  "src/rootfs/root-mount.ts": {
    names: ["openHost", "src/sys/old-mounts.ts"],
    reason: "the root file system itself",
  },
  "src/terminal/descriptor-socket.ts": { names: ["connectUnix"], reason: "the caller's --console-socket" },
  "src/terminal/host-terminal.ts": { names: ["openHost"], reason: "the caller's /dev/tty" },
};

/** What of the sources, by their paths, breaks the rule. */
export function judgePaths(
  sources: ReadonlyMap<string, string>,
  allowances: Readonly<Record<string, Allowance>> = {},
): string[] {
  return withSyntax(sources, (trees) => {
    const takers = takersOfPaths(trees, isConfined);
    const used = new Set<string>();
    const judge = new Judge(trees, takers, (file, name) => {
      const isAllowed = allowances[file]?.names.includes(name) === true;
      if (isAllowed) used.add(idOf(file, name));
      return isAllowed;
    });
    const faults = [...trees.keys()].flatMap((file) => judge.faultsOf(file));
    const unused = Object.entries(allowances).flatMap(([file, { names }]) =>
      names
        .filter((name) => !used.has(idOf(file, name)))
        .map((name) => `${file} may use ${name}, and does not: scripts/lib/check-paths.ts`),
    );
    return [...faults, ...unused];
  });
}

function isConfined(id: string): boolean {
  const [file = ""] = id.split("#");
  return file in confined || id in confined;
}

/** Every path in src/ that is opened where it may not be, and every system call that nobody has sorted. */
export function findPathFaults(): string[] {
  const sources = new Map(listSources("src").map((file) => [file, readFileSync(file, "utf8")]));
  const unsorted = Object.keys(numbers).filter((name) => !pathArguments.has(name) && !pathless.has(name));
  return [
    ...unsorted.map((name) => `${name}: scripts/lib/path-calls.ts is to say whether it takes a path`),
    ...judgePaths(sources, allowed),
  ];
}

class Judge {
  readonly #trees: Trees;
  readonly #takers: ReadonlySet<string>;
  readonly #isAllowed: (file: string, name: string) => boolean;

  constructor(trees: Trees, takers: ReadonlySet<string>, isAllowed: (file: string, name: string) => boolean) {
    this.#trees = trees;
    this.#takers = takers;
    this.#isAllowed = isAllowed;
  }

  faultsOf(file: string): string[] {
    const tree = this.#trees.get(file);
    if (tree === undefined) return [];
    const handsOn = (file.startsWith("src/sys/") || guarded.test(file)) && reexportsIn(tree);
    const faults = handsOn ? [`${file} exports what another file declares: nobody sees then what it is`] : [];
    if (!guarded.test(file) && !hostsOwn.test(file)) return faults;
    const openers = importsIn(file, tree).filter((each) => this.#opens(each));
    if (guarded.test(file)) faults.push(...this.#importFaults(file, openers));
    return [...faults, ...this.#callFaults(file, tree, new Set(openers.map(({ local }) => local)))];
  }

  /** Guarded files are looked at themselves. */
  #opens({ from, name }: Imported): boolean {
    if (isOpener(from)) return true;
    return !guarded.test(from) && this.#takers.has(idOf(from, name));
  }

  #importFaults(file: string, openers: readonly Imported[]): string[] {
    return openers
      .map(({ from, name }) => ({ from, name: name === ALL ? from : name }))
      .filter(({ name }) => !this.#isAllowed(file, name))
      .map(({ from, name }) => `${file} imports ${name} of ${from}, which opens paths by string`);
  }

  #callFaults(file: string, tree: SourceFile, openers: ReadonlySet<string>): string[] {
    const faults: string[] = [];
    walkTree(tree, (node) => {
      const call = pathCallOf(node);
      if (call !== undefined && !this.#isAllowed(file, `call ${call}`)) {
        faults.push(`${file} makes the system call ${call || "that it computes"}, which takes a path`);
      }
      const path = kernelPathIn(node, openers);
      if (path !== undefined && !this.#isAllowed(file, path)) {
        faults.push(`${file} opens ${path}: sys/host-proc.ts and sys/host-sys.ts do that`);
      }
      return true;
    });
    return faults;
  }
}

/** The beginning of a path in /proc or /sys that is written out where a function that opens paths is called. */
function kernelPathIn(node: Node, openers: ReadonlySet<string>): string | undefined {
  if (!isCallExpression(node)) return undefined;
  const [first] = node.expression.getText().split(/[.?]/);
  if (first === undefined || !openers.has(first)) return undefined;
  for (const argument of node.arguments) {
    const text = beginningOf(argument);
    if (/^\/(?:proc|sys)(?:\/|$)/.test(text)) return text;
  }
  return undefined;
}

function beginningOf(argument: Node): string {
  const node = resolved(argument) ?? argument;
  if (isBinaryExpression(node)) return beginningOf(node.left);
  if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)) return node.text;
  return isTemplateExpression(node) ? node.head.text : "";
}
