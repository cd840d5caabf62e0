/** The version of the runtime specification that tsrun implements. */
export const ociVersion = "1.3.0";

/** The oldest version of config.json that is taken. */
export const ociVersionMin = "1.0.0";

/** SemVer 2.0.0 with the majors and minors that are taken; suffixes such as "-dev" and "-rc5" do not matter. */
const supported = /^1\.[0-3]\.(?:0|[1-9][0-9]*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** Whether a document of this version can be read: 1.0.x to 1.3.x. */
export function isSupportedVersion(version: string): boolean {
  return supported.test(version);
}
