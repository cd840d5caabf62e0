import { TsrunError } from "../base/errors.ts";
import {
  MS_DIRSYNC,
  MS_I_VERSION,
  MS_LAZYTIME,
  MS_MANDLOCK,
  MS_RDONLY,
  MS_SILENT,
  MS_SYNCHRONOUS,
} from "./mount.ts";

/** mount(2) reads a page of data and cuts off the rest. */
const DATA_MAX = 4095;

/** Options of every superblock that are flags of mount(2); undefined: no flag, it takes one back. */
const superblockFlags: Readonly<Record<string, number | undefined>> = {
  ro: MS_RDONLY,
  rw: undefined,
  sync: MS_SYNCHRONOUS,
  async: undefined,
  dirsync: MS_DIRSYNC,
  mand: MS_MANDLOCK,
  nomand: undefined,
  lazytime: MS_LAZYTIME,
  nolazytime: undefined,
  iversion: MS_I_VERSION,
  noiversion: undefined,
  silent: MS_SILENT,
};

/** SELinux's options: their values have commas, so in mount(2)'s data they stand in quotes. */
const labelOption = /^((?:root|fs|def)?context)="?(.*?)"?$/;

/** Options of a file system as mount(2) takes them: the flags of its superblock, and its data. @throws TsrunError */
export function mountData(options: readonly string[]): { readonly flags: number; readonly data: string } {
  const isFlag = (option: string): boolean => Object.hasOwn(superblockFlags, option);
  const flags = options.filter(isFlag).reduce((all, option) => all | (superblockFlags[option] ?? 0), 0);
  const data = options
    .filter((option) => !isFlag(option))
    .map((option) => option.replace(labelOption, '$1="$2"'))
    .join(",");
  const size = Buffer.byteLength(data);
  if (size > DATA_MAX)
    throw new TsrunError(`mount(2) takes ${DATA_MAX} bytes of options, these have ${size}`);
  return { flags, data };
}

/** An option as fsconfig(2) takes it: no quotes around a label. */
export function withoutQuotes(option: string): string {
  return option.replace(labelOption, "$1=$2");
}
