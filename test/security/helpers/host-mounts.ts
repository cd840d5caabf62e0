// The host's mounts, which a container's must never be among.
import { hostMounts } from "../../helpers/mountinfo.ts";
import { sandboxPrefix } from "../../helpers/other-tests.ts";
import { pause } from "../../helpers/wait.ts";

/** Other tests on this machine mount and unmount what is theirs. */
const isForeign = (line: string) => line.includes("tsrun-test-") && !line.includes(`${sandboxPrefix}-`);

const lines = (): Set<string> => new Set(hostMounts().map(({ line }) => line));

/** Other tests' mounts come and go, those of a runtime's mistake stay. */
const GRACE_MS = 1000;

/** Watches the host's mountinfo from here on. @returns what tells which lines are new and which are gone */
export function watchHostMounts(): () => string[] {
  const before = lines();
  const changes = (): string[] => {
    const now = lines();
    return [
      ...[...now].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
      ...[...before].filter((line) => !now.has(line)).map((line) => `- ${line}`),
    ].filter((line) => !isForeign(line));
  };
  return () => {
    const deadline = Date.now() + GRACE_MS;
    let seen = changes();
    while (seen.length > 0 && Date.now() < deadline) {
      pause(50);
      const now = new Set(changes());
      seen = seen.filter((line) => now.has(line));
    }
    return seen;
  };
}
