// Writes src/seccomp/syscall-table.ts. It is kept in git, because the headers come from Debian's archive: the pinned package is
// downloaded, or the folder named on the command line is taken (one with x86/asm/unistd_64.h, arm64/asm/… in it).
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { downloadDebianFile } from "../test/helpers/debian-file.ts";
import { headersFolder, kernelHeaders, syscallTable } from "./lib/syscall-table.ts";

function downloadedHeaders(): string {
  const folder = "build/kernel-headers";
  execFileSync("dpkg-deb", ["-x", downloadDebianFile(kernelHeaders, folder), folder]);
  return join(folder, headersFolder);
}

writeFileSync("src/seccomp/syscall-table.ts", syscallTable(process.argv[2] ?? downloadedHeaders()));
