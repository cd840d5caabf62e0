import { TsrunError } from "../base/errors.ts";
import { parseJsonExactly } from "../oci/exact-integers.ts";
import type { Config } from "../oci/types.ts";
import { readText } from "../sys/host-files.ts";
import type { ContainerDirectory } from "./directory.ts";

/** The configuration as it was at create, when it was validated. @throws TsrunError naming the file */
export function savedConfig(directory: ContainerDirectory): Config {
  const path = `${directory.path}/config.json`;
  return configOf(
    within(path, () => readText(path)),
    path,
  );
}

/** Names the file in whatever goes wrong. */
export function within<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TsrunError(`reading ${path}`, { cause });
  }
}

/** The configuration that a text is. @throws TsrunError naming the file */
export function configOf(text: string, path: string): Config {
  const document = within(path, () => parseJsonExactly(text));
  if (isConfig(document)) return document;
  throw new TsrunError(`${path} is damaged: it is no configuration`, {
    hint: "delete --force removes what is left of the container",
  });
}

/** It was valid when it was written: all that is asked is whether it is still that document, as a disk's failure leaves others. */
function isConfig(document: unknown): document is Config {
  if (!isObject(document) || typeof document["ociVersion"] !== "string") return false;
  return [document["process"], document["linux"], document["hooks"]].every(
    (part) => part === undefined || isObject(part),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
