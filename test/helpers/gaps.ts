import { oldKernelGap } from "./old-kernel/wrapper.ts";
import { runtimeName } from "./runtime.ts";

type Gap = readonly [test: RegExp, reason: string];

/**
 * Where other runtimes are known to differ, each with its reason: the tests are run on those, too, to test the tests.
 * tsrun has no entry here.
 */
const gaps: Readonly<Record<string, readonly Gap[]>> = {
  // Measured with 1.1.5.
  runc: [
    [/^a container starts with a memory limit of 1 MiB/, "runc needs more than 2 MiB"],
    [/^a container comes into named hierarchies/, "runc comes into systemd's alone"],
    [/^the least memory limit/, "runc's own init needs 2 MiB"],
    [/^the limit of TCP's memory/, "runc ignores it"],
    [/^the cpu (burst|idleness)/, "since runc 1.2"],
    [/of a container that is creating/, "runc writes its state only after the createRuntime hooks"],
    [/^create of the same id twice at once/, "runc has no lock: all of them may fail or share a directory"],
    [/^start twice at once/, "the second start of runc 1.1 waits for ever at the exec FIFO"],
    [/^a user namespace is joined by its path/, "runc 1.1 wants mappings even then"],
    [/^a time namespace/, "since runc 1.2"],
    [/^an id-mapped mount takes mappings in its option/, "crun's, not in the specification"],
    [/id-mapped mount|^ridmap/, "since runc 1.2"],
    [
      /^a device that the image has already/,
      "runc takes what is there; the specification wants the one asked for",
    ],
    [/^linux.devices are the host's in a user namespace/, "runc binds whatever has the path"],
    [/^create refuses device numbers/, "runc lets mknod cut them"],
    [/^masked directories are one empty/, "a tmpfs for each before runc 1.5"],
    [
      /^the (scheduler|ioPriority|personality|memoryPolicy) |^personality flags|^create refuses an? (scheduler|memoryPolicy|execCPUAffinity) /,
      "runc 1.1 ignores them; it has them since 1.2, execCPUAffinity since 1.3, memoryPolicy since 1.4",
    ],
    [/^a CPU affinity of the caller's/, "dropped since runc 1.3.1"],
    [
      /^an ordinary user may (be nice|set the clocks)/,
      "schedulers, ioPriority and time namespaces since 1.2",
    ],
    [/^an ordinary user may not /, "runc 1.1 fails without the words, or has the property not at all"],
    [/^a limit of no open files/, "runc needs some itself, and fails"],
    [/^sysctls of a user namespace/, "since runc 1.5"],
    [/^create names the place of clocks/, "since runc 1.2"],
    [/^host name and domain name/, "domainname since runc 1.2"],
    [/^create refuses a path that is not a namespace/, "runc says: can't get final child's PID from pipe"],
    [/^a limit of open files/, "Go raises its own soft limit, and the container inherits that"],
    [/^the mount option defaults/, "runc 1.1 hands it to the file system"],
    [/^rootfsPropagation (shared|unbindable)/, "fixed in runc 1.4 (#4724)"],
    [
      /^a bind mount loses a flag that it takes back/,
      "runc 1.1 heeds options that set a flag; since 1.2 the others, too",
    ],
    [/keeps what is locked: nosuid,nodev.* with ro/, "runc 1.1 fails there; since 1.2"],
    [/^create refuses a bind mount that takes back a locked flag/, "runc 1.1 leaves the flag, silently"],
    [/^each recursive attribute holds/, "runc 1.1 asks for ratime in a way that the kernel refuses"],
    [/copy-symlink|src-nofollow/, "options of crun's"],
    [
      /^a mount without a type and with propagation alone/,
      "as crun has it; runc mounts a file system without a name",
    ],
    [/^rootfsPropagation holds for what the container mounts/, "fixed in runc 1.4 (#4724)"],
    [
      /^create refuses a mount that an image's link leads onto/,
      "runc 1.1 fails later and names something else",
    ],
    [/however many bytes they take/, "mount(2) takes a page of options"],
    [/is the host's own mount$/, "a fallback of crun's"],
    [
      /^create (says what covers \/proc|names the mount option)/,
      "runc says operation not permitted or invalid argument",
    ],
    [
      /^run does not forward SIGWINCH and SIGURG/,
      "runc 1.1 forwards SIGURG, which its own scheduler uses, too",
    ],
    [/^run without a terminal of its own at hand/, "runc insists on a terminal, of its own or as /dev/tty"],
    [/--pidfd-socket/, "runc has it since 1.2"],
    [/^create fails within seconds when the console socket/, "runc 1.1 hangs or forgets to name the socket"],
    [/^hooks of all kinds run at their command/, "runc 1.1 runs poststart in create (fixed by #4347)"],
    [/^hooks see the status/, "runc says creating in create's hooks and created in poststart"],
    [
      /^a (prestart|createRuntime|createContainer) hook that fails|^a hook that takes longer/,
      "runc 1.1 does not name the kind",
    ],
    [/^a startContainer hook that fails/, "runc runs it after start has returned"],
    [/^a poststart hook that fails/, "runc 1.1 runs poststart in create"],
    [/^a poststop hook that fails/, "runc stops at the first"],
    [/^create refuses a cgroup that other processes/, "a warning in runc 1.1"],
    [
      /program's (interpreter is missing|first line ends in CR LF)|program is for another architecture|program is text/,
      "runc 1.1 passes on execve's bare error, and start succeeds",
    ],
    [
      /^(run|create|exec) (fails cleanly at|leaves nothing (where a record|in a container))|^delete --force removes what a SIGKILL/,
      "only tsrun can be built to fail",
    ],
    [/^create lists every fault/, "runc stops at the first"],
    [/^init('s)? /, "only tsrun lists its records"],
    [/that its caller has not opened$/, "runc refuses them with words of its own"],
    [/state\.json that is (empty|cut off)/, "runc says EOF without the file's name"],
    [/^delete --force twice at once/, "runc runs the poststop hooks each time"],
    [
      /^delete --force (removes a .*container (whose|that has)|says what it cannot find)|^a container whose start was killed/,
      "about tsrun's own files; runc fails or lets the container run on",
    ],
    [/^nothing but execve follows the filter/, "runc makes other calls between its filter and execve"],
    [/^unknown names are left out with a warning/, "runc says so with --debug only"],
    [/^start names the program that its own filter/, "runc's start succeeds, and the process ends"],
    [
      /^linux\.resources\.(cpu\.(burst|idle)|hugepageLimits|memory\.kernelTCP)/,
      "runc 1.1 does not write it (burst, idle and reserved pages since 1.2); the specification wants it",
    ],
    [/^without a mount namespace/, "runc leaves the mounts; runtime.md has delete remove what create made"],
    [/^stats /, "tsrun's own command"],
    [
      /^events (tells statistics again and again, and ends|tells of init's own kill)/,
      "on cgroup v1 runc goes on until the container is deleted",
    ],
    [/^intelRdt /, "runc 1.1 takes groups by fewer rules, and looks for flags in /proc/cpuinfo first"],
    [
      /^a network device|^features says that network devices/,
      "since runc 1.4, which loses IPv6 addresses by taking the device down first; the specification keeps them",
    ],
    [/^update (sets the burst|makes a container idle)/, "since runc 1.2"],
    [
      /^update (of several limits changes none|refuses more memory|refuses a path|names the)/,
      "runc 1.1 puts back what its state knows, after a fashion, and has other words",
    ],
    [/^seccomp (compile|explain|refuses)|^engine /, "only tsrun has the command"],
    [/^the container's user gets a cgroup/, "since runc 1.5 without systemd"],
    [/^a (container|memory limit) below a cgroup that has processes/, "runc 1.1 is lost in threaded cgroups"],
    [/^a cgroup that hands controllers down takes no container/, "runc has no words for it"],
    [/^start says what its program lacks/, "runc's start succeeds, and the process ends"],
    [/^a filter that tsrun has kept/, "runc compiles each time"],
    [/^start reports the errno by which an agent/, "runc's start succeeds, and the process ends"],
    [/^an agent answers a container of an ordinary user/, "runc 1.1 hangs, as pidfd_getfd is not permitted"],
    [/^an agent answers a container whose linux.resources.pids.limit/, "runc 1.1 hangs at one process"],
    [/^flags TSYNC and WAIT_KILLABLE_RECV/, "runc 1.1 knows no flags of seccomp"],
    [
      /^an agent may be asked about write/,
      "runc's own init has to write; the specification knows no such rule",
    ],
    [
      /^create (says that a runtime under a listener|refuses a profile with SCMP_ACT_NOTIFY)/,
      "tsrun's words",
    ],
    [/^create refuses SCMP_ACT_NOTIFY without/, "runc says: listenerPath is not set"],
    [/^LISTEN_FDNAMES /, "runc passes on LISTEN_FDS and LISTEN_PID alone"],
    [/^mountLabel is refused where SELinux is off/, "runc leaves it to the kernel to refuse a mount"],
    [/^nothing of \/proc\/sys .* says strace/, "runc 1.1 opens them by their paths"],
    [/^NOTIFY_SOCKET: run relays a terminal and a signal/, "runc relays no signal then"],
    [/^NOTIFY_SOCKET: start waits until systemd has taken note/, "since runc 1.2"],
    [/^NOTIFY_SOCKET: .* does not wait for a program that has ended/, "runc waits for ever for its READY"],
    [/^NOTIFY_SOCKET: only what says READY/, "runc looks at the first line of a message only"],
    [/^NOTIFY_SOCKET: start refuses a socket at which nobody/, "runc fails once the container has started"],
    [/^default(Action|ErrnoRet) is/, "runc's own init makes calls under the filter"],
    [/^the seccomp flag /, "runc 1.1 knows no flags of seccomp"],
    [
      /^nested: a container in one of an ordinary user/,
      "runc 1.1 looks for cgroups that another mount hides",
    ],
    [/^nested: a proc that is masked outside cannot/, "runc says: operation not permitted"],
    [/^rootless: ps lists/, "runc finds processes by the cgroup alone"],
    [/^rootless: limits of -1/, "runc takes them for limits"],
    [
      /^rootless: a container without a cgroup and a pid namespace/,
      "runc warns on cgroup v2 alone, since 1.2",
    ],
    [/^rootless: devices are/, "runc binds a FIFO of the host's; the specification wants it made"],
    [
      /^rootless: (what|where user namespaces are) forbid|^rootless: newuidmap('s| that)/,
      "runc passes on what its helper process says",
    ],
    [
      /^rootless: with mapped ids there/,
      "runc allows nobody but root additional groups; the specification wants them",
    ],
    [/^exec (is in all namespaces of a container with|has the clocks of) a time namespace/, "since runc 1.2"],
    [
      /^exec is in the namespaces of a container in a joined user namespace/,
      "runc 1.1 wants mappings even then",
    ],
    [
      /^exec in a container without a mount namespace/,
      "runc executes it in the host's root, and leaves mounts",
    ],
    [
      /^exec.* filter (may ask|keeps|whose agent)|^exec .*keeps it from writing/,
      "runc needs write(2) and more, and hangs",
    ],
    [/^exec whose process is killed before/, "about tsrun's own files"],
    [/^exec's scheduler and CPUs/, "runc has them since 1.2, execCPUAffinity since 1.3"],
    [
      /^exec --cgroup (never leads|refuses what)/,
      "runc has other words until 1.3, and checks less until 1.5",
    ],
    [
      /^exec --tty (gives the container's terminal the size|as another user)/,
      "runc sets size and modes once the program runs",
    ],
    [/^exec has the umask/, "runc 1.1 gives every exec 022"],
    [/^exec says in the words that engines look for/, "runc 1.1 ends with 1 where execve itself fails"],
    [/^NOTIFY_SOCKET: run warns of a socket/, "runc says nothing"],
    [/^checkpoint and restore are not there/, "runc has them"],
  ],
};

/** Why the runtime under test is excused from a test, by what it is or by the kernel that it runs on. */
export function knownGap(test: string): string | undefined {
  return gaps[runtimeName]?.find(([pattern]) => pattern.test(test))?.[1] ?? oldKernelGap(test);
}

/** Every reason by which a runtime is excused from tests. */
export function gapReasons(runtime: string): string[] {
  return (gaps[runtime] ?? []).map(([, reason]) => reason);
}
