import type { Config } from "../../helpers/config.ts";
import type { CallOptions, Result, Running } from "../../helpers/runtime.ts";
import { Sandbox } from "../../helpers/sandbox.ts";

/** The newest version of the specification that bookworm's crun takes. */
const OCI_VERSION = "1.0.2";

/** A sandbox for crun 1.8.1, which refuses newer configurations and hosts without all of the cgroup v1 hierarchies. */
export class CrunSandbox extends Sandbox {
  override bundle(adjust: (config: Config) => void = () => {}): string {
    return super.bundle((config) => {
      config.ociVersion = OCI_VERSION;
      adjust(config);
    });
  }

  override call(args: readonly string[], options: CallOptions = {}): Result {
    return super.call(["--cgroup-manager=disabled", ...args], options);
  }

  override start(args: readonly string[], options: CallOptions = {}): Running {
    return super.start(["--cgroup-manager=disabled", ...args], options);
  }
}
