// Writes the tables of system calls in src/seccomp/. They are kept in git, because the headers come from Debian's archive: the
// pinned packages are downloaded, or the folders named on the command line are taken (with x86/asm/unistd_64.h, … in them).
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { downloadedHeaders, syscallTables } from "./lib/syscall-table.ts";

const named = process.argv.slice(2);
const folders = named.length > 0 ? named : downloadedHeaders("build/kernel-headers");
for (const [name, text] of Object.entries(syscallTables(folders))) {
  writeFileSync(join("src/seccomp", name), text);
}
