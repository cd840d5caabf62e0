import { TsrunError } from "../base/errors.ts";
import { NetDeviceMover, type NetDevicePlan, planNetDevices } from "../namespaces/net-devices.ts";
import type { Config } from "../oci/types.ts";
import { hostInode } from "../sys/host-paths.ts";
import { namespaceInode, openNamespace } from "../sys/host-proc.ts";
import { local } from "../sys/local.ts";
import type { Undo } from "./undo.ts";

/**
 * The devices of `linux.netDevices` on their way into a container. What becomes of them when it ends is the kernel's
 * (network_namespaces(7)): physical ones return to the initial network namespace, virtual ones end with theirs.
 */
export class NetDevices implements Disposable {
  readonly #plans: readonly NetDevicePlan[];
  readonly #mover: NetDeviceMover;

  private constructor(plans: readonly NetDevicePlan[], mover: NetDeviceMover) {
    this.#plans = plans;
    this.#mover = mover;
  }

  /** Looks for the devices before anything is made. @throws TsrunError where one is missing or nothing would move */
  static find(config: Config): NetDevices | undefined {
    const plans = planNetDevices(config.linux?.netDevices ?? {});
    if (plans.length === 0) return undefined;
    refuseOwnNamespace(config);
    const mover = new NetDeviceMover(local);
    try {
      for (const plan of plans) mover.find(plan);
      return new NetDevices(plans, mover);
    } catch (error) {
      mover[Symbol.dispose]();
      throw error;
    }
  }

  /** Moves them into the network namespace of a process; should anything fail later, `undo` brings them back. */
  moveTo(pid: number, undo: Undo): void {
    this.#mover.openOther(openNamespace(pid, "net"));
    for (const plan of this.#plans) {
      const move = this.#mover.begin(plan);
      undo.push(() => this.#mover.bringBack(move));
      this.#mover.moveOver(move);
    }
  }

  [Symbol.dispose](): void {
    this.#mover[Symbol.dispose]();
  }
}

/** A path may lead to the network namespace that the devices are in; whether it leads anywhere is found out by join. */
function refuseOwnNamespace(config: Config): void {
  const namespaces = config.linux?.namespaces ?? [];
  const index = namespaces.findIndex(({ type }) => type === "network");
  const path = namespaces[index]?.path ?? "";
  if (path === "") return;
  if (hostInode(path) !== namespaceInode("self", "net")) return;
  throw new TsrunError(
    "network devices cannot be moved: the container shares the runtime's network namespace",
    {
      pointer: `/linux/namespaces/${index}/path`,
    },
  );
}
