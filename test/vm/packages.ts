/** Debian's release in the VM. */
export const SUITE = "trixie";

/**
 * Where user-mode Linux comes from: a kernel that lets the host's seccomp hand it system calls (Linux 6.16), which is some
 * three times quicker than by ptrace.
 */
export const KERNEL_SUITE = "forky";
export const KERNEL_PACKAGE = "user-mode-linux";

/** What the VM has beyond Debian's smallest set (mmdebstrap(1), variant minbase). */
export const guestPackages: readonly string[] = [
  // systemd as the first process, with D-Bus and sessions of users
  "dbus",
  "dbus-user-session",
  "libpam-systemd",
  "systemd",
  "systemd-sysv",
  // what the tests call
  "apparmor",
  "busybox-static",
  "gcc",
  "iproute2",
  "kmod",
  "libc6-dev",
  "nodejs",
  "procps",
  "strace",
  "uidmap",
  "util-linux",
  // engines, with the systemd driver (test/vm/engines.test.ts)
  "conmon",
  "containerd",
  "docker-cli",
  "docker.io",
  "iptables",
  "netavark",
  "podman",
  // runtimes to compare with
  "crun",
  "runc",
];

/** What the image is made with on this machine. */
export const hostPackages: readonly string[] = [
  "debian-archive-keyring",
  "e2fsprogs",
  "mmdebstrap",
  "patchelf",
  "util-linux",
];
