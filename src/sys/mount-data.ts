import { TsrunError } from "../base/errors.ts";
import {
  MS_DIRSYNC,
  MS_I_VERSION,
  MS_LAZYTIME,
  MS_MANDLOCK,
  MS_POSIXACL,
  MS_RDONLY,
  MS_SILENT,
  MS_SYNCHRONOUS,
} from "./mount.ts";

/** mount(2) reads a page of data and cuts off the rest. */
const DATA_MAX = 4095;

/** Options of every superblock that are flags of mount(2): what each sets and clears. */
const superblockFlags: Readonly<Record<string, readonly [set: number, clear: number]>> = {
  ro: [MS_RDONLY, 0],
  rw: [0, MS_RDONLY],
  sync: [MS_SYNCHRONOUS, 0],
  async: [0, MS_SYNCHRONOUS],
  dirsync: [MS_DIRSYNC, 0],
  mand: [MS_MANDLOCK, 0],
  nomand: [0, MS_MANDLOCK],
  lazytime: [MS_LAZYTIME, 0],
  nolazytime: [0, MS_LAZYTIME],
  iversion: [MS_I_VERSION, 0],
  noiversion: [0, MS_I_VERSION],
  acl: [MS_POSIXACL, 0],
  noacl: [0, MS_POSIXACL],
  silent: [MS_SILENT, 0],
};

const none = [0, 0] as const;

/** SELinux's options: their values have commas, so in mount(2)'s data they stand in quotes. */
const labelOption = /^((?:root|fs|def)?context)="?(.*?)"?$/;

/** Options of a file system as mount(2) takes them: the flags of its superblock, and its data. @throws TsrunError */
export function mountData(options: readonly string[]): { readonly flags: number; readonly data: string } {
  let flags = 0;
  const own: string[] = [];
  for (const option of options) {
    const [set, clear] = Object.hasOwn(superblockFlags, option) ? (superblockFlags[option] ?? none) : none;
    if ((set | clear) === 0) own.push(option.replace(labelOption, '$1="$2"'));
    flags = (flags & ~clear) | set;
  }
  const data = own.join(",");
  const size = Buffer.byteLength(data);
  if (size > DATA_MAX)
    throw new TsrunError(`mount(2) takes ${DATA_MAX} bytes of options, these have ${size}`);
  return { flags, data };
}

/** An option as fsconfig(2) takes it: no quotes around a label. */
export function withoutQuotes(option: string): string {
  return option.replace(labelOption, "$1=$2");
}
