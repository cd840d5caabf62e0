// A container that exchanges two paths of a volume, while another is made that has the volume, too.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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

/** Whoever exchanges the paths. */
export interface Racer {
  /** Whether it still does so. */
  readonly races: () => boolean;
  readonly said: () => string;
}

/** That of each sandbox. */
const racers = new WeakMap<Sandbox, Racer>();

/**
 * Starts the racer. It ends with the sandbox.
 * @param folder the volume, on the host
 * @param names of what is exchanged, below the volume
 */
export function startRacer(box: Sandbox, folder: string, [a, b]: readonly [string, string]): void {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.process.args = ["/racer", `${VOLUME}/${a}`, `${VOLUME}/${b}`];
    addVolume(config, folder);
  });
  addProgram(bundle, "racer");
  const { stdoutFile } = box.succeed(["run", "--detach", "--bundle", bundle, id]);
  until("the racer to race", () => box.read(stdoutFile).includes("racing"));
  const pid = String(box.state(id).pid);
  racers.set(box, { races: () => isRacing(pid), said: () => box.read(stdoutFile) });
}

function isRacing(pid: string): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/comm`, "utf8") === "racer\n" &&
      /\(racer\) [^Z]/.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
    );
  } catch {
    return false;
  }
}

/** Goes on while the attack is held off, for all rounds. @throws AssertionError where nobody has raced */
export function raced(box: Sandbox, attempt: (round: number) => Verdict): Verdict {
  const racer = racers.get(box);
  for (let round = 0; round < rounds; round++) {
    const verdict = attempt(round);
    if (verdict !== "held") return verdict;
    assert.ok(racer?.races(), `nobody races in round ${round}: ${racer?.said()}`);
  }
  return "held";
}
