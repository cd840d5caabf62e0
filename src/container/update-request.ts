import type { Resources } from "../oci/types.ts";

/** What an update asks for. */
export interface UpdateRequest {
  readonly resources: Resources;
  /** Where `resources` came from, as messages call it; undefined where they are flags. */
  readonly document?: string | undefined;
  /** Lines for the schemata of the container's group in resctrl. */
  readonly l3CacheSchema?: string | undefined;
  readonly memBwSchema?: string | undefined;
}
