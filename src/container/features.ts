import { allowedProperties, annotationPrefix } from "../cgroups/systemd/allowed-properties.ts";
import { namespaceTypes } from "../namespaces/plan.ts";
import { type FeaturesContext, features } from "../oci/features.ts";
import { memoryPolicyFlags, memoryPolicyModes } from "../oci/memory-policy.ts";
import type { Features } from "../oci/types.ts";
import { mountOptionNames } from "../rootfs/mount-options.ts";
import { actionNames, flagNames } from "../seccomp/actions.ts";
import { architectures } from "../seccomp/architectures.ts";
import { operatorNames } from "../seccomp/conditions.ts";
import { kernelWaitsKillable } from "../seccomp/listener.ts";

/** The one flag that a kernel may lack on which tsrun runs. */
const waitKillable = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV";

/** What tsrun can do, out of the tables by which it does it. */
export function describeFeatures({ version, commit }: Pick<FeaturesContext, "version" | "commit">): Features {
  return features({
    version,
    commit,
    mountOptions: mountOptionNames,
    namespaces: namespaceTypes,
    seccomp: {
      actions: actionNames,
      operators: operatorNames,
      archs: Object.values(architectures).flatMap((machine) => machine.map(({ name }) => name)),
      knownFlags: flagNames,
      supportedFlags: flagNames.filter((name) => name !== waitKillable || kernelWaitsKillable()),
    },
    systemd: { annotationPrefix, properties: Object.keys(allowedProperties) },
    memoryPolicy: { modes: Object.keys(memoryPolicyModes), flags: Object.keys(memoryPolicyFlags) },
  });
}
