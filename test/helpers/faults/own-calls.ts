// Which system calls of a traced command are tsrun's, and which its engine's, the loader's or libc's.
//
// The border is an address. All calls of ours but few are made by libc's syscall(3) (src/sys/koffi.ts), whose first one by us
// is to map the memory that others point into (src/sys/memory.ts): before it the engine calls that function, too, and after it
// nobody else does. The rest of ours is
//   - what loads koffi, between the opening of the executable and the closing of the memfd (scripts/executable/addon-loader.ts);
//   - clone3 by the machine code that the hand runs, in a mapping of ours (src/sys/stub/);
//   - what node:fs does before that (`state`, `list`): known by the path, which is a container's.
import type { TracedCall } from "./trace.ts";

/** Calls that are ours and cannot fail: they are not made to. */
const infallible: Readonly<Record<string, string>> = {
  close: "gives the descriptor back whatever it returns (close(2), Notes); strace would keep it open",
  exit_group: "does not return",
  futex:
    "is about memory of ours: a wake does not fail, and a wait that ends for no reason is looked at again",
  getegid: "does not fail",
  geteuid: "does not fail",
  getpid: "does not fail",
  gettid: "does not fail",
  rt_sigaction: "fails of a bad address or signal only",
  rt_sigprocmask: "fails of a bad address or number only",
  rt_sigreturn: "does not return",
};

/** The memory that local calls point into: 1 MiB in an executable of ours, any size for a hand. */
const sharedMapping = /MAP_SHARED\|MAP_ANONYMOUS\|MAP_NORESERVE/;
const PAGE = 4096n;

/** Ours among a command's calls. @param marker what the paths of the test's containers have in common */
export function ownCalls(calls: readonly TracedCall[], marker: string): TracedCall[] {
  const mappings = calls.filter(({ name, args }) => name === "mmap" && sharedMapping.test(args));
  const [first] = mappings;
  const loader = loaderCalls(calls);
  const stubs = mappings.slice(1).map(({ result }) => BigInt(result.startsWith("0x") ? result : 0));
  const begin = first === undefined ? calls.length : calls.indexOf(first);
  return calls.filter((call, index) => {
    if (loader.has(call)) return true;
    if (index >= begin && call.ip === first?.ip) return true;
    if (stubs.some((start) => isWithin(call.ip, start))) return true;
    return index < begin && isOfContainer(call, marker);
  });
}

/** Those of them that are made to fail. */
export function fallible(calls: readonly TracedCall[]): TracedCall[] {
  return calls.filter(({ name }) => infallible[name] === undefined);
}

function isWithin(ip: string, start: bigint): boolean {
  const address = BigInt(`0x${ip}`);
  return address >= start && address < start + PAGE;
}

/** What opens the addon, and what of it is the dynamic loader's: all until its memfd is closed. */
function loaderCalls(calls: readonly TracedCall[]): ReadonlySet<TracedCall> {
  const begin = calls.findIndex(({ name, args }) => name === "open" && args.startsWith('"/proc/self/exe"'));
  if (begin < 0) return new Set();
  const { ip } = calls[begin] ?? { ip: "" };
  const isLoaders = (call: TracedCall): boolean => call.ip.slice(0, -3) === ip.slice(0, -3);
  const own = calls.slice(begin);
  const end = own.findLastIndex(isLoaders);
  const memfd = /memfd:tsrun-koffi|"\/proc\/self\/fd\/|"\/proc\/self\/exe"|tsrun-koffi/;
  return new Set(own.slice(0, end + 1).filter((call) => isLoaders(call) || memfd.test(call.args)));
}

/** By its path, or a process's that is not this one. */
function isOfContainer({ name, args }: TracedCall, marker: string): boolean {
  if (name === "execve" || name === "getcwd") return false;
  return (
    args.includes(marker) || /"\/proc\/\d|<\/proc\/\d+\/(?!statm|maps)/.test(args) || /^write\b/.test(name)
  );
}

/**
 * A call as a place in the code: its name and what it is about, without numbers, so that equal steps (one for each cgroup
 * hierarchy, each device rule) are one place.
 */
export function placeOf({ name, args }: TracedCall, marker: string): string {
  const about = [...args.matchAll(/"((?:[^"\\]|\\.)*)"|<([^>]*)>/g)].map(
    ([, text, target]) => text ?? target ?? "",
  );
  const [first = "", second = ""] = about.filter((text) => text !== "");
  const flags = name === "prctl" ? args.split(",")[0] : /O_\w+(\|O_\w+)*/.exec(args)?.[0];
  const general = (text: string): string =>
    text
      .replaceAll(new RegExp(`${marker}[\\w.-]*`, "g"), "ID")
      .replace(/^\/sys\/fs\/cgroup\/.*?\/(?=[^/]*$)/, "CGROUP/")
      .replaceAll(/\d+/g, "N");
  const what = name === "write" || name === "read" || name === "pread64" ? [first] : [first, second];
  return [name, ...what.map(general), flags ?? ""].join(" ").trim();
}
