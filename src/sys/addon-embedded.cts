/**
 * koffi inside the executable: esbuild's alias gives this module to whoever requires "koffi". Its addon is the last part
 * of the executable's file (scripts/build.ts). Bun would unpack an embedded addon to a file in /tmp with
 * a name that anybody can foretell, where /tmp may be missing, read-only, noexec or somebody else's; a memfd needs no
 * directory and leaves nothing. The calls for that come from bun:ffi, which boots in 0.2 ms (node:fs takes 0.9 ms).
 */
const { dlopen, ptr } = require("bun:ffi") as typeof import("./bun-ffi.ts");

/** Bytes of the addon at the end of the file; the build puts the number here. */
declare const KOFFI_ADDON_SIZE: number;
/** JSON: offsets and lengths of what is not zero in the addon: the rest of the memfd stays a hole. */
declare const KOFFI_ADDON_PARTS: string;

const O_CLOEXEC = 0o2000000;
const SEEK_SET = 0;
const SEEK_END = 2;
const MFD_CLOEXEC = 1;
/** Without the x bits, which mmap(PROT_EXEC) doesn't look at: vm.memfd_noexec=2 wants it (Linux 6.3; EINVAL before). */
const MFD_NOEXEC_SEAL = 8;

const libc = dlopen("libc.so.6", {
  open: { args: ["ptr", "i32"], returns: "i32" },
  lseek: { args: ["i32", "i64", "i32"], returns: "i64" },
  memfd_create: { args: ["ptr", "u32"], returns: "i32" },
  sendfile: { args: ["i32", "i32", "ptr", "u64"], returns: "i64" },
  close: { args: ["i32"], returns: "i32" },
}).symbols;

function cString(text: string): number {
  return ptr(new TextEncoder().encode(`${text}\0`));
}

/** bun:ffi has no errno, so a failure says only which step it was. */
function check<T extends number | bigint>(result: T, step: string): T {
  if (result < 0) {
    throw new Error(`cannot load tsrun's native code: ${step} failed`);
  }
  return result;
}

function memfd(name: string): number {
  const sealed = libc.memfd_create(cString(name), MFD_CLOEXEC | MFD_NOEXEC_SEAL);
  return sealed >= 0 ? sealed : check(libc.memfd_create(cString(name), MFD_CLOEXEC), "memfd_create");
}

function sendAll(to: number, from: number, length: number): void {
  for (let left = length; left > 0; ) {
    const sent = Number(libc.sendfile(to, from, null, left));
    left -= check(sent === 0 ? -1 : sent, "sendfile");
  }
}

function loadAddon(): typeof import("koffi") {
  const executable = check(libc.open(cString("/proc/self/exe"), O_CLOEXEC), "open of /proc/self/exe");
  const copy = memfd("tsrun-koffi");
  for (const [offset, length] of JSON.parse(KOFFI_ADDON_PARTS) as readonly (readonly [number, number])[]) {
    check(libc.lseek(executable, offset - KOFFI_ADDON_SIZE, SEEK_END), "lseek");
    check(libc.lseek(copy, offset, SEEK_SET), "lseek");
    sendAll(copy, executable, length);
  }
  libc.close(executable);
  const addon = { exports: {} };
  process.dlopen(addon, `/proc/self/fd/${copy}`);
  libc.close(copy);
  return addon.exports as typeof import("koffi");
}

module.exports = loadAddon();
