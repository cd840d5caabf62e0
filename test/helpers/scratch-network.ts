import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./wait.ts";

/** A network device as `ip -json` shows it, as far as the tests look at it. */
export interface Device {
  readonly ifname: string;
  readonly mtu: number;
  readonly address: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
  }[];
}

/** A network namespace of a test's own, with what `setup` makes in it; nothing of it reaches the host. */
export class ScratchNetwork implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "tsrun-test-network-"));
  readonly #holder: ChildProcess;

  /** @param setup a shell script, run in the namespace: `ip link add …` */
  constructor(setup = "") {
    const log = join(this.#directory, "log");
    const output = openSync(log, "w");
    const script = `set -e; ${setup}\necho ready; exec sleep 1000000`;
    this.#holder = spawn("unshare", ["--net", "sh", "-c", script], { stdio: ["ignore", output, output] });
    closeSync(output);
    until("the scratch network to be there", () => {
      const text = readFileSync(log, "utf8");
      if (text !== "" && text !== "ready\n") throw new Error(`setting up a network: ${text}`);
      return text === "ready\n";
    });
  }

  /** Its namespace file. */
  get path(): string {
    return `/proc/${this.#holder.pid}/ns/net`;
  }

  /** A command line that executes what is appended to it in the namespace. */
  get through(): readonly string[] {
    return ["nsenter", `--net=${this.path}`];
  }

  /** Runs iproute2's ip in the namespace; @returns what it prints */
  ip(...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync("nsenter", [`--net=${this.path}`, "ip", ...args], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** All its devices, by name. */
  devices(): ReadonlyMap<string, Device> {
    return parseDevices(this.ip("-json", "address"));
  }

  [Symbol.dispose](): void {
    this.#holder.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** What `ip -json address` prints. */
export function parseDevices(json: string): ReadonlyMap<string, Device> {
  const list = JSON.parse(json) as Device[];
  return new Map(list.map((device) => [device.ifname, device]));
}

/** A device's addresses that are valid everywhere, as `address/length`. */
export function globalAddresses(device: Device | undefined): string[] {
  const all = device?.addr_info.filter(({ scope }) => scope === "global") ?? [];
  return all.map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}
