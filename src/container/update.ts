import { containerTexts, TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import { log } from "../base/log.ts";
import { managerFrom } from "../cgroups/select.ts";
import type { Config, IntelRdt } from "../oci/types.ts";
import { loadNative } from "../sys/koffi.ts";
import { checkUnified } from "./cgroup.ts";
import { ContainerDirectory } from "./directory.ts";
import { HeldConfig } from "./held-config.ts";
import { mergeResources } from "./merge-resources.ts";
import type { RuntimeOptions } from "./options.ts";
import type { ContainerRecord } from "./record.ts";
import { allowed, statusOf, whileAlive } from "./status.ts";
import { explainRefusal } from "./update-failure.ts";
import type { UpdateRequest } from "./update-request.ts";

/** Few machines have resctrl. */
const resctrl = lazy(() => require("./resctrl-update.ts") as typeof import("./resctrl-update.ts"));

/**
 * Changes the limits of a container that is created, running or paused: all that is asked for, or nothing. What is left
 * out of the request stays.
 * @param read called once the container is known to be there, as runc does it
 * @throws TsrunError `container does not exist`, `container not running`, or with the limit that the kernel refuses
 */
export function update(options: RuntimeOptions, id: string, read: () => UpdateRequest): void {
  loadNative();
  const directory = ContainerDirectory.of(options, id);
  directory.read();
  const request = read();
  const record = directory.read();
  const status = statusOf(directory, record);
  if (!allowed.update.some((name) => name === status)) throw new TsrunError(containerTexts.notRunning);
  using held = HeldConfig.hold(directory);
  carryOut(record, held, request);
}

function carryOut(record: ContainerRecord, held: HeldConfig, request: UpdateRequest): void {
  const { config } = held;
  warnOfKernelMemory(request);
  checkUnified(record.cgroup.mode, request.resources);
  const { merged, written } = mergeResources(config.linux?.resources ?? {}, request.resources);
  const linux = { ...config.linux, resources: merged, ...rdtOf(config, request) };
  held.save({ ...config, linux }, (place) => {
    using schemata = schemataOf(record, config, request);
    try {
      whileAlive(record, () => managerFrom(record.cgroup).update(written, place));
    } catch (error) {
      throw explainRefusal(error, request);
    }
    schemata?.keep();
  });
}

function schemataOf(record: ContainerRecord, config: Config, request: UpdateRequest) {
  const { l3CacheSchema = "", memBwSchema = "" } = request;
  if (l3CacheSchema === "" && memBwSchema === "") return undefined;
  return resctrl().updateSchemata(record.id, config.linux?.intelRdt, { l3CacheSchema, memBwSchema });
}

function rdtOf({ linux }: Config, { l3CacheSchema, memBwSchema }: UpdateRequest): { intelRdt?: IntelRdt } {
  if (linux?.intelRdt === undefined) return {};
  const changes = {
    ...(l3CacheSchema ? { l3CacheSchema } : {}),
    ...(memBwSchema ? { memBwSchema } : {}),
  };
  return { intelRdt: { ...linux.intelRdt, ...changes } };
}

/** In runc's words. 0 is none: Docker 20.10 writes it into each update. */
function warnOfKernelMemory({ resources: { memory = {} } }: UpdateRequest): void {
  const { kernel = 0, kernelTCP = 0 } = memory;
  if (kernel === 0 && kernelTCP === 0) return;
  log.warn("Kernel memory settings are ignored and will be removed");
}
