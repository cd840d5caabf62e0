import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chownSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import type { Diagnosis } from "../../src/doctor/doctor.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { hostMounts } from "../helpers/mountinfo.ts";
import { OLD_KERNEL } from "../helpers/old-kernel/wrapper.ts";
import { ordinary } from "../helpers/rootless.ts";
import { type CallOptions, runtimePath } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

const validate = new Ajv({ allErrors: true }).compile<Diagnosis>(
  JSON.parse(readFileSync("schemas/tsrun/doctor.schema.json", "utf8")),
);

function diagnosis(box: Sandbox, options: CallOptions = {}, status = 0): Diagnosis {
  const result = box.call(["doctor", "--format", "json"], options);
  assert.equal(result.status, status, result.stderr);
  const document: unknown = JSON.parse(result.stdout);
  assert.ok(validate(document), JSON.stringify(validate.errors));
  return document;
}

function finding({ sections }: Diagnosis, area: string, name: string): Finding {
  const found = sections.find((each) => each.area === area)?.findings.find((each) => each.name === name);
  assert.ok(found !== undefined, `no ${name} in ${area}`);
  return found;
}

it("doctor says that containers can be run where they can", (box) => {
  const result = diagnosis(box);
  assert.equal(result.canRun, true);
  assert.equal(
    finding(result, "kernel", "release").found,
    readFileSync("/proc/sys/kernel/osrelease", "utf8").trim(),
  );
  assert.equal(finding(result, "namespaces", "mounts").state, "ok");
  assert.equal(finding(result, "state", "directory").state, "ok");
  for (const { area, findings } of result.sections) {
    const names = findings.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length, `${area} names something twice`);
  }
});

it("doctor prints the same for readers, with a summary last", (box) => {
  const { sections, summary } = diagnosis(box);
  const lines = box.succeed(["doctor"]).stdout.trimEnd().split("\n");
  for (const { area, findings } of sections) {
    assert.ok(lines.includes(area), area);
    for (const { name, state } of findings) {
      assert.ok(
        lines.some((line) => line.startsWith(`  ${state} `) && line.includes(` ${name} `)),
        name,
      );
    }
  }
  const { ok, limited, missing } = summary;
  assert.equal(lines.at(-1), `${ok} ok, ${limited} limited, ${missing} missing: containers can be run here`);
});

it("doctor sees which calls the kernel lets us make", (box) => {
  const expected = process.env[OLD_KERNEL] === undefined ? "ok" : "limited";
  const result = diagnosis(box);
  for (const name of ["openat2", "clone3", "mounts by descriptor", "close_range"]) {
    assert.equal(finding(result, "kernel", name).state, expected, name);
  }
  assert.equal(finding(result, "proc", "new procfs").state, "ok", "by the one way or the other");
});

it("doctor changes nothing: no state, no mounts", (box) => {
  const before = hostMounts().map(({ line }) => line);
  diagnosis(box);
  assert.deepEqual(
    hostMounts().map(({ line }) => line),
    before,
  );
  assert.deepEqual(box.containers(), []);
});

it("doctor ends with status 1 where there is no place for the containers' state", (box) => {
  writeFileSync(join(box.directory, "file"), "");
  const result = box.call(["--root", `${box.directory}/file/state`, "doctor", "--format", "json"]);
  assert.equal(result.status, 1, result.stderr);
  const document = JSON.parse(result.stdout) as Diagnosis;
  assert.equal(document.canRun, false);
  assert.equal(finding(document, "state", "directory").necessary, true);
});

for (const [what, xdg, status] of [
  ["leaves it to others to make one", "xdg", 0],
  ["says what keeps them from that", "none/at/all", 1],
] as const) {
  it(`doctor looks for the containers' state where an ordinary user has it, and ${what}`, (box) => {
    const directory = box.folder("xdg");
    chownSync(directory, ordinary.uid, ordinary.gid);
    const env = {
      TSRUN_TEST: box.directory,
      PATH: process.env["PATH"],
      XDG_RUNTIME_DIR: join(box.directory, xdg),
    };
    const result = spawnSync(runtimePath, ["doctor", "--format", "json"], {
      ...ordinary,
      env,
      encoding: "utf8",
    });
    assert.equal(result.status, status, result.stderr || result.stdout);
    const { found } = finding(JSON.parse(result.stdout) as Diagnosis, "state", "directory");
    assert.ok(found.startsWith(`${join(box.directory, xdg)}/tsrun, to be made below `), found);
    assert.deepEqual(readdirSync(directory), []);
  });
}

it("doctor works for an ordinary user", (box) => {
  const options = { uid: 65_534, gid: 65_534 };
  const result = box.call(["--root", `${box.directory}/none/at/all`, "doctor", "--format", "json"], options);
  assert.equal(result.status, 1, result.stderr);
  const document: unknown = JSON.parse(result.stdout);
  assert.ok(validate(document), JSON.stringify(validate.errors));
  assert.equal(finding(document, "executable", "user").found, "user 65534");
  assert.match(finding(document, "state", "directory").found, /not writable$/);
  assert.equal(finding(document, "namespaces", "/etc/subuid").state, "missing");
});

it("doctor tells what an outer container takes away", (box) => {
  const result = diagnosis(box, {
    through: ["setpriv", "--bounding-set=-sys_resource,-mknod", "--no-new-privs"],
  });
  const capabilities = finding(result, "executable", "capabilities");
  assert.match(capabilities.found, /CAP_MKNOD/);
  assert.match(capabilities.consequence ?? "", /device nodes/);
  assert.equal(finding(result, "executable", "no_new_privs").state, "limited");
});

it("doctor works in a container, and says what that takes away", (box) => {
  const libraries = ["/usr", "/lib", "/lib64"].filter((path) => existsSync(path));
  const bundle = box.bundle((config) => {
    config.process.args = ["/tsrun", "doctor", "--format", "json"];
    for (const path of [...libraries, runtimePath]) {
      const destination = path === runtimePath ? "/tsrun" : path;
      config.mounts.push({ destination, type: "bind", source: path, options: ["rbind", "ro"] });
    }
    config.root.readonly = false;
  });
  const result = box.call(["run", "--bundle", bundle, box.newId()]);
  assert.equal(result.status, 1, result.stderr);
  const document: unknown = JSON.parse(result.stdout);
  assert.ok(validate(document), JSON.stringify(validate.errors));
  assert.equal(finding(document, "namespaces", "mounts").state, "missing");
  assert.match(finding(document, "executable", "capabilities").found, /CAP_SYS_ADMIN/);
});

it("doctor sees a /proc that something is mounted on", (box) => {
  const cover = 'mount -t tmpfs none /proc/irq && exec "$@"';
  const result = diagnosis(box, {
    through: ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", cover, "sh"],
  });
  const found = finding(result, "proc", "new procfs");
  assert.equal(found.state, "limited", found.found);
  assert.match(found.found, /\/proc\/irq/);
});

it("doctor refuses a format that it does not know", (box) => {
  assert.match(box.fail(["doctor", "--format", "xml"]), /invalid format option/);
});
