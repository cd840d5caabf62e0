/** System calls that take a path, as the sources write them: `{ name: "openat", args: [directory, path, …] }`. */
import {
  isArrayLiteralExpression,
  isBlock,
  isCallExpression,
  isIdentifier,
  isNumericLiteral,
  isObjectLiteralExpression,
  isPrefixUnaryExpression,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isShorthandPropertyAssignment,
  isSourceFile,
  isStringLiteral,
  isVariableDeclaration,
  isVariableStatement,
  type Node,
  type ObjectLiteralExpression,
} from "typescript/unstable/ast";

/** Where each has its paths among its arguments. */
export const pathArguments: ReadonlyMap<string, readonly number[]> = new Map([
  ["openat", [1]],
  ["openat2", [1]],
  ["mkdirat", [1]],
  ["mknodat", [1]],
  ["symlinkat", [2]],
  ["unlinkat", [1]],
  ["renameat2", [1, 3]],
  ["readlinkat", [1]],
  ["statx", [1]],
  ["newfstatat", [1]],
  ["fchownat", [1]],
  ["fchmodat", [1]],
  ["chdir", [0]],
  ["chroot", [0]],
  ["mount", [0, 1]],
  ["umount2", [0]],
  ["pivot_root", [0, 1]],
  ["open_tree", [1]],
  ["move_mount", [1, 3]],
  ["fspick", [1]],
  ["mount_setattr", [1]],
  ["execve", [0]],
  ["execveat", [1]],
  ["faccessat", [1]],
  ["faccessat2", [1]],
  ["name_to_handle_at", [1]],
  ["inotify_add_watch", [1]],
  ["getxattr", [0]],
  ["setxattr", [0]],
  // unix(7): an address may be a path.
  ["bind", [1]],
  ["connect", [1]],
  ["sendto", [4]],
]);

/** The others of sys/numbers.ts: a call that is in neither list is a fault. */
export const pathless: ReadonlySet<string> = new Set(
  `read write pread64 close fstat fstatfs fchown fchmod fchdir getcwd dup3 pipe2 fcntl ioctl lseek sendfile copy_file_range
  ftruncate memfd_create close_range flock getdents64 fsopen fsconfig fsmount clone clone3 unshare setns exit_group wait4
  waitid kill pidfd_open pidfd_send_signal tgkill prctl capget capset setresuid setresgid setgroups getresuid setsid getpid
  getppid gettid umask prlimit64 personality sethostname setdomainname keyctl rt_sigaction rt_sigprocmask signalfd4 ppoll
  futex socket sendmsg recvmsg socketpair listen setsockopt accept4 mmap munmap mprotect madvise seccomp
  uname bpf sched_setattr sched_setaffinity sched_getaffinity ioprio_set set_mempolicy get_mempolicy nanosleep inotify_init1
  eventfd2 fsetxattr getrandom rseq set_robust_list`.split(/\s+/),
);

/** The call that an object literal stands for, if it takes a path that is no constant: its name, "" where that is computed. */
export function pathCallOf(node: Node): string | undefined {
  if (!isObjectLiteralExpression(node)) return undefined;
  const name = propertyOf(node, "name");
  const args = propertyOf(node, "args");
  if (name === undefined || args === undefined) return undefined;
  if (!isStringLiteral(name)) return "";
  const places = pathArguments.get(name.text);
  if (places === undefined) return undefined;
  const list = resolved(args);
  if (list === undefined || !isArrayLiteralExpression(list)) return name.text;
  const isHarmless = (place: number): boolean => isFixed(list.elements[place]);
  return places.every(isHarmless) ? undefined : name.text;
}

/** A property's value; that of a shorthand is its own name. */
function propertyOf(literal: ObjectLiteralExpression, key: string): Node | undefined {
  for (const property of literal.properties) {
    if (isPropertyAssignment(property) && isIdentifier(property.name) && property.name.text === key) {
      return property.initializer;
    }
    if (!isShorthandPropertyAssignment(property) || !isIdentifier(property.name)) continue;
    if (property.name.text === key) return property.name;
  }
  return undefined;
}

/** What a constant that is named here was made of; anything else as it is. */
export function resolved(node: Node | undefined): Node | undefined {
  if (node === undefined || !isIdentifier(node)) return node;
  for (let scope: Node | undefined = node.parent; scope !== undefined; scope = scope.parent) {
    if (!isBlock(scope) && !isSourceFile(scope)) continue;
    for (const statement of scope.statements) {
      if (!isVariableStatement(statement)) continue;
      for (const declaration of statement.declarationList.declarations) {
        if (!isVariableDeclaration(declaration) || !isIdentifier(declaration.name)) continue;
        if (declaration.name.text === node.text) return declaration.initializer;
      }
    }
  }
  return undefined;
}

/** Whether an argument is no path that comes from elsewhere: a number, `memory.string("")`, or "." of a directory. */
function isFixed(argument: Node | undefined): boolean {
  const node = resolved(argument);
  if (node === undefined) return false;
  if (isNumericLiteral(node)) return true;
  if (isPrefixUnaryExpression(node)) return isNumericLiteral(node.operand);
  if (!isCallExpression(node) || !isPropertyAccessExpression(node.expression)) return false;
  const [text] = node.arguments;
  return (
    node.expression.name.text === "string" &&
    text !== undefined &&
    isStringLiteral(text) &&
    (text.text === "" || text.text === ".")
  );
}
