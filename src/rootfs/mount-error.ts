import { TsrunError } from "../base/errors.ts";

/** What a mount entry of config.json asked for. */
export interface MountEntry {
  readonly destination: string;
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly options?: readonly string[] | undefined;
}

/** A mount that failed: source, target, type and options by name, with what the kernel said. */
export class MountError extends TsrunError {
  readonly entry: MountEntry;

  /** What else there is to say: the file system context's own words (fsopen(2)), or "", and a hint. */
  constructor(
    entry: MountEntry,
    pointer: string | undefined,
    cause: unknown,
    { kernelLog = "", hint }: { readonly kernelLog?: string; readonly hint?: string | undefined } = {},
  ) {
    super(describe(entry, kernelLog), {
      cause,
      ...(pointer === undefined ? {} : { pointer }),
      ...(hint === undefined ? {} : { hint }),
    });
    this.entry = entry;
  }
}

function describe({ source, destination, type, options }: MountEntry, kernelLog: string): string {
  const from = source === undefined ? "" : ` ${JSON.stringify(source)}`;
  const details = [
    ...(type === undefined ? [] : [`type ${type}`]),
    ...(options === undefined || options.length === 0 ? [] : [`options ${options.join(",")}`]),
    ...(kernelLog === "" ? [] : [`kernel: ${kernelLog}`]),
  ];
  const suffix = details.length === 0 ? "" : ` (${details.join("; ")})`;
  return `error mounting${from} to rootfs at ${JSON.stringify(destination)}${suffix}`;
}
