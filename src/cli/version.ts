import { ociVersion } from "../oci/version.ts";

/** Set by the build (scripts/lib/bundle.ts); a test's bundle has neither. */
declare const TSRUN_VERSION: string | undefined;
declare const TSRUN_COMMIT: string | undefined;

/** tsrun's own version, as in package.json. */
export const version = typeof TSRUN_VERSION === "string" ? TSRUN_VERSION : "unknown";

/** The commit it was built from, with `-dirty` where the tree had changes. */
export const commit = typeof TSRUN_COMMIT === "string" ? TSRUN_COMMIT : "unknown";

/**
 * What `--version` prints. go-runc wants these three lines first and in this order; Docker takes what follows the
 * first `version` and the `commit:` line (engines.md 5.2).
 */
export function versionText(): string {
  const { bun, node } = process.versions;
  return [
    `tsrun version ${version}`,
    `commit: ${commit}`,
    `spec: ${ociVersion}`,
    bun === undefined ? `node: ${node}` : `bun: ${bun}`,
    "",
  ].join("\n");
}
