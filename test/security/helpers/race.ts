// A container that exchanges two paths of a volume, while another is made that has the volume, too.
import type { Config } from "../../helpers/config.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";
import { until } from "../../helpers/wait.ts";
import type { Verdict } from "./proves.ts";
import { addProgram } from "./static-program.ts";

/** How many containers are made against a racer: enough for a release, or what a CI has time for. */
export const rounds = process.env["TSRUN_STRESS"] === "full" ? 2000 : 100;

/** Where volumes of the host's are in containers. */
export const VOLUME = "/volume";

/** Binds a folder of the host's to /volume. */
export function addVolume(config: Config, folder: string): void {
  config.mounts.push({ destination: VOLUME, type: "bind", source: folder, options: ["rbind"] });
}

/**
 * Starts the racer. It ends with the sandbox.
 * @param folder the volume, on the host
 * @param names of what is exchanged, below the volume
 */
export function startRacer(box: Sandbox, folder: string, [a, b]: readonly [string, string]): string {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.process.args = ["/racer", `${VOLUME}/${a}`, `${VOLUME}/${b}`];
    addVolume(config, folder);
  });
  addProgram(bundle, "racer");
  const { stdoutFile } = box.succeed(["run", "--detach", "--bundle", bundle, id]);
  until("the racer to race", () => box.read(stdoutFile).includes("racing"));
  return id;
}

/** Goes on while the attack is held off, for all rounds. */
export function raced(attempt: (round: number) => Verdict): Verdict {
  for (let round = 0; round < rounds; round++) {
    const verdict = attempt(round);
    if (verdict !== "held") return verdict;
  }
  return "held";
}
