import { messageOf, TsrunError } from "../base/errors.ts";
import { errnoText } from "./errno.ts";

/** Descriptors from here on are negated errnos: those that the executable's own dlopen got (addon-loader.ts). */
const FIRST_ERRNO = 2 ** 32 - 4095;

/** Why the addon was not loaded. */
function reason(thrown: unknown): unknown {
  const descriptor = Number(/\/proc\/self\/fd\/(\d+)/.exec(messageOf(thrown))?.[1]);
  return descriptor >= FIRST_ERRNO ? new TsrunError(errnoText(2 ** 32 - descriptor)) : thrown;
}

/**
 * koffi, as npm installed it. In the executable esbuild's alias puts `addon-embedded.cts` in the place of the package.
 *
 * @throws TsrunError where the executable cannot make the file that the addon is loaded from, or node_modules has none
 */
export function loadKoffi(): typeof import("koffi") {
  try {
    return require("koffi");
  } catch (thrown) {
    throw new TsrunError("cannot load tsrun's native code", { cause: reason(thrown) });
  }
}
