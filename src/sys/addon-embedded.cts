/**
 * koffi inside the executable: esbuild's alias gives this module to whoever requires "koffi". The name is one that the
 * executable's own dlopen answers to (scripts/executable/addon-loader.ts).
 */
const addon: { exports: unknown } = { exports: {} };
process.dlopen(addon, "\u0001");
module.exports = addon.exports as typeof import("koffi");
