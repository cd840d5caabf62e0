// Containers without a pid namespace see every process of the host: the runtime itself, what it clones, and for how long.
import { execFileSync } from "node:child_process";
import { capabilityNames } from "../../../src/oci/capabilities.ts";
import { type Config, removeNamespace } from "../../helpers/config.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { RootlessSandbox } from "../../helpers/rootless.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";
import { type Attacked, proves, type Verdict } from "../helpers/proves.ts";
import { Watch } from "./watch.ts";

leaveNothing();

/** A runtime that may not trace everybody itself, as in an engine's container: its containers can have all that it may. */
const untracing = ["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-all", "--"];

/** The names of what it may. */
function capabilitiesOf(command: readonly string[]): string[] {
  const [name = "", ...args] = [...command, "sed", "-n", "s/^CapPrm:\\t//p", "/proc/self/status"];
  const mask = BigInt(`0x${execFileSync(name, args, { encoding: "utf8" }).trim()}`);
  return capabilityNames.filter((_, number) => ((mask >> BigInt(number)) & 1n) === 1n);
}

/** But for what newer kernels show to CAP_PERFMON, and so to CAP_SYS_ADMIN, of anybody: environment, maps, auxiliary vector. */
const beyondPerformance = /^may (trace|read (mem|exe|descriptors|cwd|root))$/;

/** All that a container can have without being the host: no pid namespace, and the runtime's capabilities. */
function shareProcesses(config: Config, capabilities: readonly string[]): void {
  removeNamespace(config, "pid");
  for (const set of ["bounding", "effective", "permitted"] as const) {
    config.process.capabilities = { ...config.process.capabilities, [set]: [...capabilities] };
  }
}

/**
 * The watcher looks while a hook runs: before the runtime's first instruction nothing can be hidden, and where it has no more
 * rights than its container, that has a short while.
 */
function watchRuntime(box: Sandbox, attacked: Attacked): Verdict {
  const shared = box.folder("shared");
  const capabilities = capabilitiesOf(untracing);
  const watch = new Watch(box, attacked, {
    adjust: (config) => {
      shareProcesses(config, capabilities);
      config.process.args.push("/shared/look");
      config.mounts.push({ destination: "/shared", type: "bind", source: shared, options: ["bind"] });
    },
  });
  const look = `touch ${shared}/look; sleep 0.3; rm ${shared}/look`;
  const target = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    config.hooks = { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", look] }] };
  });
  box.succeed(["run", "--bundle", target, box.newId()], { ...watch.call, through: untracing });
  watch.look();
  return watch.verdict(beyondPerformance);
}

proves({
  cve: "CVE-2016-9962",
  title: "a container that sees all of the host's processes gets at none of a runtime with the same rights",
  attack: watchRuntime,
  without: ["dumpable"],
});

proves({
  cve: "CVE-2016-9962",
  title: "a user's container that sees all of the user's processes gets at none of the user's runtime",
  attack: (box, attacked) => {
    const user = new RootlessSandbox(box);
    const watch = new Watch(box, attacked, {
      adjust: (config) => {
        shareProcesses(config, capabilitiesOf([]));
        // A procfs is mounted by the owner of its pid namespace alone.
        const proc = { destination: "/proc", type: "bind", source: "/proc", options: ["rbind"] };
        config.mounts = config.mounts.map((mount) => (mount.destination === "/proc" ? proc : mount));
      },
      user,
    });
    const target = user.bundle((config) => {
      config.process.args = ["/bin/sleep", "0.3"];
      config.hooks = { createRuntime: [{ path: "/bin/sleep", args: ["sleep", "0.3"] }] };
    });
    user.succeed(["run", "--bundle", target, box.newId()], watch.call);
    watch.look();
    for (let round = 0; round < 3; round++) user.succeed(["exec", watch.id, "/bin/sleep", "0.1"], watch.call);
    return watch.verdict();
  },
  without: ["dumpable"],
});
