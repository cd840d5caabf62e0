import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

/**
 * What a machine with resctrl shows: a tree, and a line in mountinfo, shown to the runtime alone by a bind mount over
 * its own file in /proc. Only the kernel's part is missing: groups are empty when they are made, and removing one does
 * not remove the files in it.
 */
class FakeResctrl {
  readonly root: string;
  readonly through: readonly string[];

  constructor(box: Sandbox) {
    this.root = box.folder("resctrl");
    for (const resource of ["L3", "MB", "L3_MON"])
      mkdirSync(join(this.root, "info", resource), { recursive: true });
    writeFileSync(join(this.root, "schemata"), "MB:0=100\nL3:0=fff\n");
    const lines = join(box.folder("mountinfo"), "lines");
    const line = `999 1 0:99 / ${this.root} rw,relatime - resctrl resctrl rw`;
    // The runtime takes the place of this shell, and its process id is what the bind mount is made for.
    const script = `cat /proc/self/mountinfo > ${lines}; echo "${line}" >> ${lines}
      mount --bind ${lines} /proc/$$/mountinfo && exec "$@"`;
    this.through = ["unshare", "--mount", "sh", "-c", script, "sh"];
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  /** A class of service as the kernel makes it. */
  addClass(name: string, schemata: string): void {
    mkdirSync(this.path(name, "mon_groups"), { recursive: true });
    writeFileSync(this.path(name, "schemata"), schemata);
    writeFileSync(this.path(name, "tasks"), "");
  }
}

/** Creates a container with `linux.intelRdt`. */
function create(box: Sandbox, fake: FakeResctrl, intelRdt: object): string {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    config.linux.intelRdt = intelRdt;
  });
  box.succeed(["create", "--bundle", bundle, id], { through: fake.through });
  return id;
}

/** Fails to. */
function refuse(box: Sandbox, fake: FakeResctrl, intelRdt: object): string {
  const bundle = box.bundle((config) => {
    config.linux.intelRdt = intelRdt;
  });
  return box.fail(["create", "--bundle", bundle, box.newId()], { through: fake.through });
}

it("intelRdt is refused before anything is made where no resctrl is mounted", (box) => {
  const bundle = box.bundle((config) => {
    config.linux.intelRdt = { closID: "gold" };
  });
  const through = ["unshare", "--mount", "sh", "-c", 'umount --all --types resctrl; exec "$@"', "sh"];
  const line = box.fail(["create", "--bundle", bundle, box.newId()], { through });
  assert.match(line, /no resctrl file system is mounted/);
  assert.match(line, /\/linux\/intelRdt/);
});

it("intelRdt puts init into a group named after the container, with its schemata", (box) => {
  const fake = new FakeResctrl(box);
  const id = create(box, fake, { l3CacheSchema: "L3:0=f" });
  assert.equal(box.read(fake.path(id, "tasks")), String(box.state(id).pid));
  assert.equal(box.read(fake.path(id, "schemata")), "L3:0=f\n");
  // The kernel removes a group's files with it.
  for (const file of ["tasks", "schemata"]) rmSync(fake.path(id, file));
  box.succeed(["delete", "--force", id]);
  assert.ok(!existsSync(fake.path(id)), "the container's group stays");
});

it("intelRdt makes a class of service with its schemata, which outlives the container", (box) => {
  const fake = new FakeResctrl(box);
  const id = create(box, fake, { closID: "gold", l3CacheSchema: "L3:0=f", schemata: ["MB:0=20", "L2:0=1"] });
  assert.equal(box.read(fake.path("gold", "tasks")), String(box.state(id).pid));
  assert.equal(box.read(fake.path("gold", "schemata")), "MB:0=20\nL2:0=1\n");
  box.succeed(["delete", "--force", id]);
  assert.ok(existsSync(fake.path("gold")));
});

it("intelRdt joins a class of service that has the bandwidth asked for, and no other", (box) => {
  const fake = new FakeResctrl(box);
  fake.addClass("gold", "    MB:0= 20;1=100\n    L3:0=fff;1=fff\n");
  const id = create(box, fake, { closID: "gold", memBwSchema: "MB:0=20" });
  assert.equal(box.read(fake.path("gold", "tasks")), String(box.state(id).pid));
  const line = refuse(box, fake, { closID: "gold", memBwSchema: "MB:0=30" });
  assert.match(line, /the class of service .*gold.* is not what is asked for: MB:0=30, it has 20/);
  assert.match(line, /\/linux\/intelRdt\/memBwSchema/);
  assert.match(refuse(box, fake, { closID: "silver" }), /no class of service .*silver/);
});

it("intelRdt joins the default class by the name /", (box) => {
  const fake = new FakeResctrl(box);
  const id = create(box, fake, { closID: "/" });
  assert.equal(box.read(fake.path("tasks")), String(box.state(id).pid));
  assert.equal(box.read(fake.path("schemata")), "MB:0=100\nL3:0=fff\n");
});

it("intelRdt with enableMonitoring has a monitoring group that goes with the container", (box) => {
  const fake = new FakeResctrl(box);
  fake.addClass("gold", "L3:0=f\n");
  const id = create(box, fake, { closID: "gold", enableMonitoring: true });
  const tasks = fake.path("gold", "mon_groups", id, "tasks");
  assert.equal(box.read(tasks), String(box.state(id).pid));
  rmSync(tasks);
  box.succeed(["delete", "--force", id]);
  assert.ok(!existsSync(fake.path("gold", "mon_groups", id)));
  assert.ok(existsSync(fake.path("gold")));
});

it("intelRdt leaves no group behind when creation fails", (box) => {
  const fake = new FakeResctrl(box);
  const bundle = box.bundle((config) => {
    config.linux.intelRdt = {};
    config.hooks = {
      // The kernel removes a group's files with it.
      createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", `rm ${fake.root}/*/tasks; exit 1`] }],
    };
  });
  box.fail(["create", "--bundle", bundle, box.newId()], { through: fake.through });
  assert.deepEqual(readdirSync(fake.root).sort(), ["info", "schemata"]);
});

it("intelRdt warns that enableCMT and enableMBM have no effect", (box) => {
  const fake = new FakeResctrl(box);
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    config.linux.intelRdt = { closID: "/", enableCMT: true, enableMBM: true };
  });
  const { stderr } = box.succeed(["create", "--bundle", bundle, box.newId()], { through: fake.through });
  assert.match(stderr, /\/linux\/intelRdt\/enableCMT: without effect/);
  assert.match(stderr, /\/linux\/intelRdt\/enableMBM: without effect/);
});

it("intelRdt's figures are told by events --stats", (box) => {
  const fake = new FakeResctrl(box);
  for (const [file, text] of Object.entries({
    "L3/cbm_mask": "fff",
    "L3/min_cbm_bits": "1",
    "L3/num_closids": "16",
    "L3_MON/mon_features": "llc_occupancy",
  })) {
    writeFileSync(fake.path("info", file), `${text}\n`);
  }
  const id = create(box, fake, { l3CacheSchema: "L3:0=f" });
  mkdirSync(fake.path(id, "mon_data", "mon_L3_00"), { recursive: true });
  writeFileSync(fake.path(id, "mon_data", "mon_L3_00", "llc_occupancy"), "4096\n");
  const { stdout } = box.succeed(["events", "--stats", id], { through: fake.through });
  const figures = (JSON.parse(stdout) as { data: { intel_rdt: object } }).data.intel_rdt;
  assert.deepEqual(figures, {
    l3_cache_info: { cbm_mask: "fff", min_cbm_bits: 1, num_closids: 16 },
    l3_cache_schema_root: "L3:0=fff",
    l3_cache_schema: "L3:0=f",
    mem_bw_info: {},
    mem_bw_schema_root: "MB:0=100",
    cmt_stats: [{ llc_occupancy: 4096 }],
  });
  // The kernel removes a group's files with it.
  for (const file of ["tasks", "schemata", "mon_data"]) rmSync(fake.path(id, file), { recursive: true });
});

it("intelRdt's schemata are updated by their flags, alone and together", (box) => {
  const fake = new FakeResctrl(box);
  const id = create(box, fake, { l3CacheSchema: "L3:0=f", memBwSchema: "MB:0=50" });
  // The kernel would merge what is written; here the file has what was written last.
  const written = () => box.read(fake.path(id, "schemata"));
  box.succeed(["update", "--l3-cache-schema", "L3:0=3", id], { through: fake.through });
  assert.equal(written(), "L3:0=3\n");
  const both = ["--l3-cache-schema", "L3:0=7", "--mem-bw-schema", "MB:0=20"];
  box.succeed(["update", id, ...both], { through: fake.through });
  assert.equal(written(), "L3:0=7\nMB:0=20\n");
  rmSync(fake.path(id), { recursive: true });
});

it("intelRdt's schemata are what they were when the kernel refuses a limit of the same update", (box) => {
  const fake = new FakeResctrl(box);
  const id = create(box, fake, { l3CacheSchema: "L3:0=f" });
  box.fail(["update", id, "--l3-cache-schema", "L3:0=3", "--cpu-share", "1"], { through: fake.through });
  assert.equal(box.read(fake.path(id, "schemata")), "L3:0=f\n");
  rmSync(fake.path(id), { recursive: true });
});

it("intelRdt is not updated for a container that has none", (box) => {
  const fake = new FakeResctrl(box);
  const id = box.running();
  const line = box.fail(["update", id, "--mem-bw-schema", "MB:0=20"], { through: fake.through });
  assert.match(line, /updating a non-existent Intel RDT configuration is not supported/);
});
