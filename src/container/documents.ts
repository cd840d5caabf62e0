// tsrun's own documents, described once: zod is loaded by scripts/generate.ts alone, which compiles the validators.
// The runtime imports nothing but types from here.
import { z } from "zod";

/** state.json in the container's directory below --root: what later commands must know of a container. */
export const containerRecord = z.looseObject({
  version: z
    .int()
    .min(1)
    .describe("Version of this document: another one only where older readers would take it wrong."),
  id: z.string().describe("The container's id."),
  ociVersion: z.string().describe("ociVersion of config.json."),
  bundle: z.string().describe("Absolute path of the bundle."),
  rootfs: z.string().describe("Absolute path of the root file system."),
  created: z.string().describe("When it was created: RFC 3339, UTC, nanoseconds."),
  owner: z.int().min(0).describe("User id of whoever created it."),
  pid: z.int().min(0).describe("Its init as the host counts; 0 while there is none."),
  startTime: z
    .int()
    .min(0)
    .describe(
      "When init began, in clock ticks since boot: field 22 of /proc/PID/stat; a reused pid has another.",
    ),
  bootId: z
    .string()
    .exactOptional()
    .describe(
      "Boot of the kernel that it was made in: of another one its process, cgroup and mounts are gone, and their names others'.",
    ),
  runtime: z
    .looseObject({
      pid: z.int().min(1).describe("As the runtime itself counts."),
      startTime: z.int().min(0).describe("When it began, in clock ticks since boot."),
      pidNamespace: z.int().min(0).describe("Where it counts: inode of its pid namespace."),
    })
    .exactOptional()
    .describe(
      "The runtime that stays until the container has ended, and deletes it then (run in the foreground).",
    ),
  pidFile: z
    .string()
    .exactOptional()
    .describe("Where init's id was to be written; a create that was killed may have left a draft beside it."),
  annotations: z.record(z.string(), z.string()).exactOptional().describe("annotations of config.json."),
  cgroup: z
    .looseObject({
      mode: z.enum(["v1", "hybrid", "v2", "none"]).describe("Which hierarchies the host has."),
      paths: z.record(z.string(), z.string()).describe("Directory of the container's cgroup by controller."),
      systemd: z
        .looseObject({
          unit: z.string().describe("The unit."),
          slice: z.string().describe("The slice that it is in."),
          user: z.boolean().describe("Whether a user's own systemd has it, not the system's."),
        })
        .exactOptional()
        .describe("Whose cgroup it is, with the systemd driver."),
    })
    .describe("The container's cgroup."),
  resctrl: z
    .array(z.string())
    .exactOptional()
    .describe("Directories in resctrl that are removed with it, in this order."),
  mountsBefore: z
    .array(z.int().min(0))
    .exactOptional()
    .describe("Where it has no mount namespace: ids of mounts below rootfs that were there before its own."),
  noNewKeyring: z
    .literal(true)
    .exactOptional()
    .describe("It has the session keyring of whoever created it, not one of its own."),
  ready: z
    .boolean()
    .describe("Whether init waits for start or has been started; false while it is being made."),
  ownPidNamespace: z.boolean().describe("Whether the end of init ends every process of the container."),
  sum: z
    .string()
    .exactOptional()
    .describe("CRC-32 of all the text before it; the last property (record.ts)."),
});

export type ContainerRecord = z.infer<typeof containerRecord>;
