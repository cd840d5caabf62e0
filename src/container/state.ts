import type { Status } from "../oci/types.ts";
import { accountName } from "../sys/account.ts";
import { ContainerDirectory } from "./directory.ts";
import type { RuntimeOptions } from "./options.ts";
import type { ContainerRecord } from "./record.ts";
import { statusOf } from "./status.ts";

/** What `state` and `list` print of a container (runtime-spec runtime.md "State", and runc's additions). */
export interface StateDocument {
  readonly ociVersion: string;
  readonly id: string;
  /** 0 once the process has ended. */
  readonly pid: number;
  readonly status: Status;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339 with nanoseconds. */
  readonly created: string;
  readonly annotations?: { readonly [name: string]: string };
  /** Name of the user who created it, or `#` and the number where it has none, as with runc. */
  readonly owner: string;
}

/** A container's state. @throws TsrunError `container does not exist` */
export function state(options: RuntimeOptions, id: string): StateDocument {
  const directory = ContainerDirectory.of(options, id);
  return documentOf(directory, directory.read());
}

/** The state as printed, from the record and what is alive. */
export function documentOf(directory: ContainerDirectory, record: ContainerRecord): StateDocument {
  const status = statusOf(directory, record);
  return {
    ociVersion: record.ociVersion,
    id: record.id,
    pid: status === "stopped" ? 0 : record.pid,
    status,
    bundle: record.bundle,
    rootfs: record.rootfs,
    created: record.created,
    ...(record.annotations === undefined ? {} : { annotations: record.annotations }),
    owner: ownerName(record.owner),
  };
}

function ownerName(uid: number): string {
  return uid === 0 ? "root" : (accountName(uid) ?? `#${uid}`);
}
