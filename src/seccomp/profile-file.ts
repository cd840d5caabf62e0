import { readFileSync } from "node:fs";
import { TsrunError } from "../base/errors.ts";
import { DocumentError, withinDepth } from "../oci/fault.ts";
import { validateConfig } from "../oci/generated/validate-config.js";
import { dropNulls, parseJson } from "../oci/load.ts";
import { schemaFaults } from "../oci/schema-faults.ts";
import type { Seccomp } from "../oci/types.ts";
import { ociVersion } from "../oci/version.ts";
import { local } from "../sys/local.ts";
import { kernelRelease } from "../sys/uname.ts";
import {
  type EngineProfile,
  isEngineProfile,
  type Resolution,
  resolveEngineProfile,
} from "./engine-profile.ts";

/** Where the profile is in config.json, and how the compiler's pointers begin. */
const IN_CONFIG = "/linux/seccomp";
const STANDARD_INPUT = 0;

/** A profile out of a file of any form. */
export interface ProfileFile {
  readonly profile: Seccomp;
  /** The place in the file that a pointer of the compiler's means. */
  locate(pointer: string): string;
}

/**
 * Reads a profile: a config.json, the seccomp object of one, or the form that Docker and Podman take, which is resolved as
 * they do for a container of this architecture and these capabilities on this machine's kernel.
 * @param path "-" for standard input
 * @throws TsrunError, DocumentError with every fault of the profile
 */
export function readProfile(path: string, container: Omit<Resolution, "kernel">): ProfileFile {
  const text = readText(path);
  return withinDepth(path, () => parseProfile(text, path, container));
}

function parseProfile(text: string, path: string, container: Omit<Resolution, "kernel">): ProfileFile {
  const document = parseJson(text, path);
  dropNulls(document);
  const file = takeApart(document, path, container);
  const config = { ociVersion, linux: { seccomp: file.profile } };
  if (!validateConfig(config)) {
    const faults = schemaFaults(validateConfig.errors ?? [], config);
    throw new DocumentError(
      path,
      faults.map((fault) => ({ ...fault, pointer: file.locate(fault.pointer) })),
    );
  }
  return file;
}

/** Runs what may find faults in the profile; their places are said as they are in the file. */
export function withinFile<T>({ locate }: ProfileFile, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof TsrunError) || error.pointer === undefined) throw error;
    throw new TsrunError(error.message, { pointer: locate(error.pointer) });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path === "-" ? STANDARD_INPUT : path, "utf8");
  } catch (cause) {
    throw new TsrunError("reading the seccomp profile", { cause });
  }
}

/** What is in the document, of whatever form; its shape is not checked yet. */
function takeApart(document: unknown, path: string, container: Omit<Resolution, "kernel">): ProfileFile {
  const object = (document ?? {}) as { linux?: { seccomp?: Seccomp } } & Partial<EngineProfile>;
  if (typeof object !== "object" || object.defaultAction === undefined) {
    const profile = object.linux?.seccomp;
    if (profile !== undefined) return { profile, locate: (pointer) => pointer };
    throw new TsrunError(`${path} has neither /defaultAction nor ${IN_CONFIG}: it is no seccomp profile`);
  }
  const own = (pointer: string): string => pointer.replace(IN_CONFIG, "");
  if (!isEngineProfile(object)) return { profile: object as Seccomp, locate: own };
  const { profile, origins } = resolve(object as EngineProfile, path, container);
  const locate = (pointer: string): string =>
    own(pointer).replace(/^\/syscalls\/(\d+)/, (_, index) => `/syscalls/${origins[Number(index)]}`);
  return { profile, locate };
}

function resolve(profile: EngineProfile, path: string, container: Omit<Resolution, "kernel">) {
  try {
    return resolveEngineProfile(profile, { ...container, kernel: kernelRelease(local) });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TsrunError(`${path} is no profile of Docker's: its archMap or syscalls have another form`);
  }
}
