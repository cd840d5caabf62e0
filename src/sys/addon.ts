/**
 * koffi, as npm installed it. In the executable esbuild's alias puts `addon-embedded.ts` in the place of the package.
 *
 * @throws Error where the machine's architecture has no prebuilt addon
 */
export function loadKoffi(): typeof import("koffi") {
  return require("koffi");
}
