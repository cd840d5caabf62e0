// Many containers of Docker's at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../helpers/wait.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image } from "./helpers/dockerd.ts";
import { LeftoverWatch } from "./helpers/leftovers.ts";

const COUNT = 100;
const AT_ONCE = 8;
/** Milliseconds that a hundred of anything may take on a machine that has other things to do. */
const LONG = 300_000;

const dockerd = dockerForFile();
const { machine } = dockerd;
dockerd.succeed(["run", "--rm", image, "true"]); // makes what Docker makes once and keeps
const watch = new LeftoverWatch(machine, ["/run/docker/runtime-runc/moby", "/run/tsrun", "/run/runc"]);

/** Runs `docker ARGS...` for each container, several at a time; NAME stands for its name. */
function forEach(args: string): void {
  const command = `seq ${COUNT} | xargs -P ${AT_ONCE} -I N docker ${args.replaceAll("NAME", "cN")} >/dev/null`;
  machine.succeed(["sh", "-c", command], { timeout: LONG });
}

const count = (flags: readonly string[]) =>
  dockerd
    .succeed(["ps", "--quiet", ...flags])
    .split("\n")
    .filter(Boolean).length;

test(`${COUNT} containers are started, ${AT_ONCE} at a time`, () => {
  forEach(`run --detach --name NAME --net none --memory 16m --pids-limit 10 ${image} sleep 10000`);
  assert.equal(count([]), COUNT);
});

test(`${COUNT} containers are executed in, ${AT_ONCE} at a time`, () => {
  const command = `seq ${COUNT} | xargs -P ${AT_ONCE} -I N docker exec cN sh -c 'hostname; exit 0' | sort -u | wc -l`;
  assert.equal(machine.succeed(["sh", "-c", command], { timeout: LONG }).trim(), String(COUNT));
});

test(`${COUNT} containers are killed, ${AT_ONCE} at a time, and each tells how it ended`, () => {
  forEach("kill NAME");
  until("all have ended", () => count([]) === 0);
  const format = "{{.State.ExitCode}} {{.State.OOMKilled}}";
  const names = Array.from({ length: COUNT }, (_, i) => `c${i + 1}`);
  const ends = dockerd.succeed(["inspect", "--format", format, ...names]).split("\n");
  assert.deepEqual(new Set(ends), new Set(["137 false"]));
});

test("half are removed one by one, half by system prune, and nothing is left", () => {
  machine.succeed(["sh", "-c", `seq ${COUNT / 2} | sed s/^/c/ | xargs docker rm -v >/dev/null`], {
    timeout: LONG,
  });
  assert.equal(count(["--all"]), COUNT / 2);
  dockerd.succeed(["network", "create", "unused"]);
  assert.match(
    dockerd.succeed(["system", "prune", "--force", "--volumes"], { timeout: LONG }),
    /Deleted Networks:\nunused/,
  );
  assert.equal(count(["--all"]), 0);
  watch.check();
});

test(`containers that end at once, ${AT_ONCE} at a time, are heard to their ends and leave nothing`, () => {
  const each = `docker run --rm --net=none ${image} echo N`;
  const said = machine.succeed(["sh", "-c", `seq 40 | xargs -P ${AT_ONCE} -I N ${each} | sort -n`], {
    timeout: LONG,
  });
  assert.equal(said, Array.from({ length: 40 }, (_, i) => `${i + 1}\n`).join(""));
  until("all are removed", () => count(["--all"]) === 0);
  watch.check();
});
