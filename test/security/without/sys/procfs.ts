import { AT_FDCWD, openat } from "../../../../src/sys/files.ts";
import * as original from "../../../../src/sys/procfs.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/sys/procfs.ts";

/** A procfs that opens whatever is found below /proc. */
const byPath: Pick<typeof original.Procfs, "open" | "mounted"> = {
  open(k, part) {
    const proc = original.Procfs.open(k, part);
    proc.open = (path, flags) => openat(k, AT_FDCWD, `/proc/${path}`, flags);
    return proc;
  },
  mounted: (k) => byPath.open(k, "all"),
};

export type Procfs = original.Procfs;
export const Procfs = isOut("procfs") ? (byPath as typeof original.Procfs) : original.Procfs;
