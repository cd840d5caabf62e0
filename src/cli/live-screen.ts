import { local } from "../sys/local.ts";
import { POLLIN, poll } from "../sys/poll.ts";
import { SignalTrap } from "../sys/signal-trap.ts";
import { tryGetWindowSize } from "../sys/tty.ts";
import { print } from "./output.ts";

const STDOUT = 1;
const [SIGHUP, SIGINT, SIGTERM, SIGSTOP, SIGTSTP, SIGWINCH] = [1, 2, 15, 19, 20, 28];
const ended: ReadonlySet<number> = new Set([SIGHUP, SIGINT, SIGTERM]);

/** Control sequences of ECMA-48 and xterm: a second screen to draw on, without a cursor, then the first one again. */
const enter = "\x1b[?1049h\x1b[?25l";
const leave = "\x1b[?25h\x1b[?1049l";
const home = "\x1b[H";
const clearLine = "\x1b[K";
const clearRest = "\x1b[J";

/** Why waiting ended: the time is over, the user or somebody else wants an end, or nobody looks any more. */
export type Wake = "time" | "interrupted" | "terminated";

/** Whether standard output is a terminal. */
export function isTerminal(): boolean {
  return tryGetWindowSize(local, STDOUT) !== undefined;
}

/**
 * Waits. Nobody reading standard output any more ends it.
 * @param milliseconds how long
 */
export function waitUnlessUnread(milliseconds: number): Wake {
  const deadline = performance.now() + milliseconds;
  for (let left = milliseconds; left > 0; left = deadline - performance.now()) {
    const [unread = 0] = poll(local, [{ fd: STDOUT, events: 0 }], Math.ceil(left));
    if (unread !== 0) return "terminated";
  }
  return "time";
}

/** A terminal's second screen, on which text is drawn in place. Closing it shows the first one as it was. */
export class LiveScreen implements Disposable {
  readonly #trap = new SignalTrap([...ended, SIGTSTP, SIGWINCH]);
  #text = "";

  constructor() {
    print(enter);
  }

  /** Draws lines from the top; what doesn't fit is cut, and the last line then says how many are missing. */
  draw(text: string): void {
    this.#text = text;
    const { rows = 24, columns = 80 } = tryGetWindowSize(local, STDOUT) ?? {};
    print(frame(text, rows || 24, columns || 80));
  }

  /** Waits, redrawing when the size changes, and stopping as a whole when the user stops it (Ctrl-Z). */
  wait(milliseconds: number): Wake {
    const deadline = performance.now() + milliseconds;
    for (let left = milliseconds; left > 0; left = deadline - performance.now()) {
      const interests = [
        { fd: this.#trap.descriptor, events: POLLIN },
        { fd: STDOUT, events: 0 },
      ];
      const [signalled = 0, hungUp = 0] = poll(local, interests, Math.ceil(left));
      if (hungUp !== 0) return "terminated";
      const signals = signalled === 0 ? [] : this.#trap.take();
      if (signals.includes(SIGINT)) return "interrupted";
      if (signals.some((signal) => ended.has(signal))) return "terminated";
      if (signals.includes(SIGTSTP)) suspend();
      if (signals.length > 0) this.draw(this.#text);
    }
    return "time";
  }

  [Symbol.dispose](): void {
    print(leave);
    this.#trap[Symbol.dispose]();
  }
}

function suspend(): void {
  print(leave);
  const pid = local.call({ name: "getpid", args: [] });
  local.call({ name: "kill", args: [pid, SIGSTOP], subject: "SIGSTOP" });
  print(enter);
}

/** What is written to show `text`: the last column stays empty, where a terminal may begin a new line. */
export function frame(text: string, rows: number, columns: number): string {
  const lines = text.trimEnd().split("\n");
  const missing = lines.length - rows;
  const shown =
    missing > 0
      ? [...lines.slice(0, rows - 1), `… and ${missing + 1} more (a higher window shows them)`]
      : lines;
  const cut = shown.map((line) => [...line].slice(0, columns - 1).join("") + clearLine);
  return home + cut.join("\r\n") + clearRest;
}
