/**
 * Why a test may be skipped: what a machine can lack that no package brings. With CI=true the test runner fails on a skip
 * whose reason is not one of these.
 */
export const knownSkips = {
  root: "needs root",
  cgroupV1: "needs root and cgroup v1 hierarchies",
  twoCpus: "needs two processors",
  cpusetsAlone: "needs a host where nobody else has a cpuset on v1",
  cgroupController: "needs a cgroup controller that this kernel lacks",
  cgroupFile: "needs a file of a cgroup that this kernel lacks",
  cgroupV2: "needs a host of cgroup v2 alone",
  cgroupfsDriver: "is about the cgroupfs driver",
  systemd: "needs systemd as the first process",
  noSystemd: "needs a machine without systemd",
  usersSystemd: "needs cgroup v2 and a user whose own systemd runs (loginctl enable-linger USER)",
  systemdDriver: "is about the systemd driver (TSRUN_TEST_CGROUPS=systemd)",
  bfq: "needs the I/O scheduler bfq (CONFIG_IOSCHED_BFQ) and loop devices",
  appArmor: "needs AppArmor, enabled in the kernel, and its apparmor_parser",
  noAppArmor: "needs a kernel without AppArmor",
  selinux: "needs SELinux and a policy that is loaded",
  noSelinux: "needs a kernel without SELinux",
  arm64Objdump: "needs aarch64-linux-gnu-objdump (Debian: binutils-aarch64-linux-gnu)",
  qemuArm64: "needs qemu-aarch64-static (Debian: qemu-user-static)",
  officialSchema:
    "needs the official schemas: apt-helper (Debian: apt) to fetch them, or OFFICIAL_SCHEMA=directory",
  libseccomp: "needs gcc and libseccomp's header (Debian: gcc, libseccomp-dev)",
  kernelHeaders:
    "needs the pinned kernel headers from Debian's archive, which keeps a version for some weeks",
  kernelHeadersHere: "needs the kernel's headers (Debian: linux-libc-dev)",
  numa: "needs a kernel with memory nodes (CONFIG_NUMA)",
  debianArchive: "needs Debian's archive: apt-helper (Debian: apt)",
  changingUser: "needs a Node that may change its user (Debian's own may not, for its io_uring)",
  vmX86: "needs an x86-64 machine: Debian has user-mode Linux for no other",
  x86: "is about calls of x86, which x86-64 machines have beside their own",
  memfdNoexec: "needs Linux 6.3 (sysctl vm.memfd_noexec)",
  otherRuntime: "is about tsrun: test/security/peers.ts says what other runtimes do",
  measuredPeer: "needs the runc or crun of Debian bookworm that test/security/peers.ts was measured with",
} as const;

export type KnownSkip = keyof typeof knownSkips;
