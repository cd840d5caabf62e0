import type { Namespace } from "../oci/types.ts";
import { cloneFlags, type NamespaceType } from "../sys/namespaces.ts";

/** Every kind that can be made or joined. */
export const namespaceTypes = Object.keys(cloneFlags) as NamespaceType[];

/** A namespace that the container joins instead of getting its own. */
export interface JoinedNamespace {
  readonly type: NamespaceType;
  /** Path of a namespace file as the runtime's process sees it. */
  readonly path: string;
  /** JSON pointer to its entry. */
  readonly pointer: string;
}

/** How a container's process gets its namespaces. */
export interface NamespacePlan {
  /** Types with an entry in config.json, new or joined. */
  readonly types: ReadonlySet<NamespaceType>;
  /** CLONE_NEW* of the new ones that init is cloned with. */
  readonly cloned: number;
  /** A cgroup namespace is unshared once init is in its cgroup: the cgroup of that moment becomes its root. */
  readonly newCgroup: boolean;
  /** A time namespace is unshared, gets its offsets, and is then entered (time_namespaces(7)). */
  readonly newTime: boolean;
  readonly newUser: boolean;
  readonly newNetwork: boolean;
  readonly joined: readonly JoinedNamespace[];
}

/** Sorts `linux.namespaces` into what is cloned, unshared later, and joined (runtime-spec config-linux.md). */
export function planNamespaces(entries: readonly Namespace[]): NamespacePlan {
  const created = new Set<NamespaceType>();
  const joined: JoinedNamespace[] = [];
  entries.forEach(({ type, path }, index) => {
    if (path === undefined || path === "") created.add(type);
    else joined.push({ type, path, pointer: `/linux/namespaces/${index}` });
  });
  let cloned = 0;
  for (const type of created) if (type !== "cgroup" && type !== "time") cloned |= cloneFlags[type];
  return {
    types: new Set(entries.map(({ type }) => type)),
    cloned,
    newCgroup: created.has("cgroup"),
    newTime: created.has("time"),
    newUser: created.has("user"),
    newNetwork: created.has("network"),
    joined,
  };
}
