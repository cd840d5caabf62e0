import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

/** The longest single string that execve(2) takes, its NUL included: MAX_ARG_STRLEN. */
const LONGEST = 131_072;

it("run takes an environment of a megabyte", (box) => {
  const variables = Array.from({ length: 1024 }, (_, index) => `V${index}=`.padEnd(1023, String(index % 10)));
  const output = box.output(["/bin/sh", "-c", "env | grep '^V[0-9]' | sort -u | wc -lc"], (config) => {
    config.process.env.push(...variables);
  });
  assert.deepEqual(output.trim().split(/\s+/).map(Number), [1024, 1024 * 1024]);
});

it("run takes arguments of a megabyte, the longest that there are, of any text", (box) => {
  const long = "ä€😀".repeat(Math.floor((LONGEST - 1) / 9));
  const script = 'for argument in "$@"; do printf %s "$argument" | wc -c; done | sort -u; echo $#';
  const output = box.output(["/bin/sh", "-c", script, "sh", ...Array.from({ length: 8 }, () => long)]);
  assert.equal(output, `${Buffer.byteLength(long)}\n8\n`);
});

it("run says it where arguments are too long for the kernel", (box) => {
  const result = box.run((config) => {
    config.process.args = ["/bin/true", "x".repeat(LONGEST)];
  });
  assert.equal(result.status, 1);
  assert.match(result.stderr, /argument list too long/i);
});

it("run masks and protects more paths than a batch of records holds", (box) => {
  const names = Array.from({ length: 1100 }, (_, index) => `/data/${index}`);
  const [masked, protectedPaths] = [names.slice(0, 550), names.slice(550)];
  const script = `cat ${masked.map((name) => `.${name}`).join(" ")} | wc -c; cat .${protectedPaths[549]}; echo x >.${protectedPaths[549]} || true`;
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", `${script}`];
    config.root.readonly = false;
    config.linux.maskedPaths = masked;
    config.linux.readonlyPaths = protectedPaths;
  });
  mkdirSync(join(bundle, "rootfs/data"));
  for (const name of names) writeFileSync(join(bundle, "rootfs", name), "text\n");
  const result = box.succeed(["run", "--bundle", bundle, box.newId()]);
  assert.equal(result.stdout, "0\ntext\n");
  assert.match(result.stderr, /Read-only file system/);
});

it("run makes more devices in one directory than a batch of records holds", (box) => {
  const output = box.output(["/bin/sh", "-c", "ls -l /dev/many | grep -c ^crw-rw-rw-"], (config) => {
    config.linux.devices = Array.from({ length: 600 }, (_, minor) => {
      return { path: `/dev/many/${minor}`, type: "c", major: 10, minor, fileMode: 0o666 };
    });
  });
  assert.equal(output, "600\n");
});

it("run mounts more file systems than there are slots for descriptors", (box) => {
  const output = box.output(["/bin/sh", "-c", "grep -c ' /tmp/m-' /proc/self/mountinfo"], (config) => {
    config.root.readonly = false;
    for (let index = 0; index < 300; index++) {
      config.mounts.push({ destination: `/tmp/m-${index}`, type: "tmpfs", source: "tmpfs" });
    }
  });
  assert.equal(output, "300\n");
});
