import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fd } from "../../src/sys/fd.ts";
import { AT_FDCWD, O_DIRECTORY, O_PATH, openat } from "../../src/sys/files.ts";
import { local } from "../../src/sys/local.ts";
import { withDirectory } from "./directory.ts";

/** A hostile root file system, with a secret beside it that nothing may lead to. */
export function withHostileRoot(body: (root: Fd, path: string, outside: string) => void): void {
  withDirectory((directory) => {
    const path = join(directory, "rootfs");
    for (const name of ["etc", "usr/lib", "dir/sub"]) mkdirSync(join(path, name), { recursive: true });
    mkdirSync(join(directory, "secret"));
    writeFileSync(join(path, "etc/file"), "inside");
    writeFileSync(join(directory, "secret/file"), "outside");
    const links: Readonly<Record<string, string>> = {
      lib: "usr/lib",
      absolute: "/etc",
      climbing: "../../../../../../../../etc",
      "dir/up": "../../..",
      outside: join(directory, "secret"),
      loop: "loop",
      "loop-a": "loop-b",
      "loop-b": "/loop-a",
      dangling: "/run/missing",
      "dangling-up": "../missing/../run/other",
      "etc/resolv.conf": "../run/resolve/stub.conf",
      "etc/chain": "/etc/link",
      "etc/link": "target",
      "to-dangling": "dangling/below",
    };
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(path, name));
    using root = openat(local, AT_FDCWD, path, O_PATH | O_DIRECTORY);
    body(root, path, join(directory, "secret"));
    assert.deepEqual(readdirSync(join(directory, "secret")), ["file"], "something was made outside");
    assert.deepEqual(readdirSync(directory).sort(), ["rootfs", "secret"]);
  });
}

/** Where a descriptor leads, on the host. */
export function placeOf(fd: Fd | undefined): string | undefined {
  return fd === undefined ? undefined : readlinkSync(`/proc/self/fd/${fd.number}`);
}
