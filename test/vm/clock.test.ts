// The machine's clock is set back and forth while containers live: nothing of theirs may depend on it. In a VM alone.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { it } from "../helpers/it.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

if (!existsSync("/run/tsrun-vm"))
  throw new Error("this sets the machine's clock, and is for the VM (npm run test:vm)");

/** More than any deadline; more would have systemd's timers start what is there for every day. */
const FAR = 600;

/** Sets the clock by so many seconds, for as long as this is not disposed of. */
class Jump implements Disposable {
  readonly #seconds: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
    this.#set(seconds);
  }

  #set(seconds: number): void {
    execFileSync("date", ["--set", `@${Date.now() / 1000 + seconds}`]);
  }

  [Symbol.dispose](): void {
    this.#set(-this.#seconds);
  }
}

const commands = (id: string): readonly (readonly string[])[] => [
  ["start", id],
  ["exec", id, "/bin/true"],
  ["pause", id],
  ["resume", id],
  ["update", "--pids-limit", "50", id],
  ["kill", id, "KILL"],
  ["delete", "--force", id],
];

function live(box: Sandbox, command: (args: readonly string[], index: number) => void): void {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000000"];
  });
  box.succeed(["create", "--bundle", bundle, id]);
  for (const [index, args] of commands(id).entries()) command(args, index);
  box.assertEmpty();
}

for (const seconds of [-FAR, FAR]) {
  it(`a container lives on as the clock jumps by ${seconds} s, and back, between any two commands`, (box) => {
    for (const at of commands("").keys()) {
      live(box, (args, index) => {
        if (index < at) {
          box.succeed(args);
          return;
        }
        using _jump = new Jump(seconds);
        box.succeed(args);
      });
    }
  });
}

it("state, list and ps know a running container after any jump", (box) => {
  const id = box.running();
  for (const seconds of [-FAR, -1, 1, FAR]) {
    using _jump = new Jump(seconds);
    assert.equal(box.state(id).status, "running");
    assert.match(box.succeed(["list"]).stdout, new RegExp(`${id}.*running`));
    assert.match(box.succeed(["ps", id]).stdout, /sleep 1000000/);
  }
});
