import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

/** Calls a command that passes on `count` descriptors where two were handed to it. */
function fail(box: Sandbox, command: string, options: { count?: number; env?: NodeJS.ProcessEnv }): string {
  const descriptors = [1, 2].map(() => openSync("/dev/null", "r"));
  const flags = options.count === undefined ? [] : ["--preserve-fds", String(options.count)];
  const through = ["/bin/sh", "-c", 'export LISTEN_PID=$$; exec "$@"', "sh"];
  try {
    const call = [command, "--bundle", box.bundle(), ...flags, box.newId()];
    return box.fail(call, { descriptors, through, env: { ...options.env } });
  } finally {
    descriptors.forEach(closeSync);
  }
}

for (const command of ["create", "run"]) {
  it(`${command} --preserve-fds refuses a descriptor that its caller has not opened`, (box) => {
    assert.match(fail(box, command, { count: 3 }), /descriptor 5 .*not open/);
    box.assertEmpty();
  });
}

it("create refuses a socket of LISTEN_FDS that its caller has not opened", (box) => {
  assert.match(fail(box, "create", { env: { LISTEN_FDS: "3" } }), /descriptor 5 .*not open/);
  box.assertEmpty();
});
