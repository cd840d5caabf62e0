// A caller whose standard streams, working directory, environment or mask of new files is not what one expects.
import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { OwnMounts } from "../../helpers/own-mounts.ts";
import type { CallOptions } from "../../helpers/runtime.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";

leaveNothing();

const sh = (script: string): readonly string[] => ["/bin/sh", "-c", `${script}; exec "$@"`, "sh"];

/** Everything that a container is usually asked, each by a caller like this. */
function live(box: Sandbox, options: CallOptions): void {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000000"];
  });
  box.succeed(["create", "--pid-file", join(box.directory, `${id}.pid`), "--bundle", bundle, id], options);
  for (const args of [
    ["start", id],
    ["state", id],
    ["exec", id, "/bin/true"],
    ["update", "--pids-limit", "50", id],
    ["list"],
    ["kill", id, "KILL"],
    ["delete", "--force", id],
  ]) {
    box.succeed(args, options);
  }
  const passing = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", "exit 3"];
  });
  assert.equal(box.call(["run", "--bundle", passing, box.newId()], options).status, 3);
}

const callers: Readonly<Record<string, CallOptions>> = {
  "whose standard input is closed": { through: sh("exec <&-") },
  "whose standard streams are closed": { through: sh("exec <&- >&- 2>&-") },
  "who ignores all signals": { through: sh("trap '' PIPE HUP INT QUIT TERM USR1 USR2 CHLD ALRM") },
  "with no environment": { through: ["env", "-i"] },
  "whose TMPDIR is missing": { env: { TMPDIR: "/nowhere", TMP: "/nowhere", TEMP: "/nowhere" } },
  "with a mask of 0777": { through: sh("umask 0777") },
};

for (const [who, options] of Object.entries(callers)) {
  it(`a container lives with a caller ${who}`, (box) => live(box, options));
}

it("what a caller with a mask of 0777 makes can be read by the next command, and that of 0 is nobody else's", (box) => {
  for (const mask of ["0777", "0"]) {
    const id = box.newId();
    box.succeed(["create", "--bundle", box.bundle(), id], { through: sh(`umask ${mask}`) });
    for (const name of readdirSync(join(box.root, id))) {
      const { mode } = statSync(join(box.root, id, name));
      assert.equal(mode & 0o077, 0, `${name} with a mask of ${mask}`);
    }
    assert.equal(statSync(join(box.root, id)).mode & 0o022, 0, `the directory with a mask of ${mask}`);
    assert.equal(box.state(id).status, "created");
  }
});

it("a container lives with a caller whose working directory was removed", (box) => {
  const gone = box.folder("gone");
  live(box, {
    through: sh(
      `cd ${gone}; rmdir ${gone} 2>/dev/null || mkdir ${gone}.2; cd ${gone}.2 2>/dev/null; rmdir ${gone}.2 2>/dev/null`,
    ),
  });
});

it("a container lives where /tmp is read-only, and where nothing in it may be executed", (box) => {
  for (const options of ["ro", "noexec"]) {
    using mounts = new OwnMounts();
    mounts.sh(`mkdir -p ${box.directory}.own; mount --bind ${box.directory} ${box.directory}.own; true`);
    mounts.sh(`mount -t tmpfs -o ${options} tmpfs /var/tmp; mount -t tmpfs -o ${options} tmpfs /dev/shm`);
    mounts.sh(`rmdir ${box.directory}.own 2>/dev/null || true`);
    live(box, { through: mounts.through });
  }
});

for (const command of ["list", "state", "features"]) {
  it(`${command} fails where standard output is full, and says so`, (box) => {
    const id = box.running();
    const args = command === "state" ? [command, id] : [command];
    const line = box.fail(args, { through: sh("exec >/dev/full"), cwd: box.folder("here") });
    assert.match(line, /no space left on device/);
  });

  it(`${command} ends without a word more where nobody reads its output`, (box) => {
    const id = box.running();
    const args = command === "state" ? [command, id] : [command];
    const pipe = ["/bin/bash", "-c", `set -o pipefail; "$@" 2>${box.directory}/err | true`, "bash"];
    const { signal } = box.call(args, { through: pipe, cwd: box.folder("here") });
    assert.equal(signal, null);
    assert.doesNotMatch(box.read(join(box.directory, "err")), /^\s+at |panic/m);
  });
}

it("a failure is told in the log where standard error is full or closed", (box) => {
  for (const stream of ["2>/dev/full", "2>&-"]) {
    const log = join(box.directory, "log");
    const { status } = box.call(["--log", log, "state", "nobody"], { through: sh(`exec ${stream}`) });
    assert.equal(status, 1);
    assert.match(box.read(log), /container does not exist/);
  }
});
