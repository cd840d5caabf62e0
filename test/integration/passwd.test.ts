// HOME out of the image's /etc/passwd, whatever the image has put there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { local } from "../../src/sys/local.ts";
import { bindDatagrams } from "../../src/sys/socket.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

const line = "root:x:0:0::/home/of/root:/bin/sh\n";

/** What is at /etc/passwd, and the HOME of it. */
const images: Readonly<Record<string, readonly [make: (path: string) => void, home: string]>> = {
  "a FIFO": [(path) => execFileSync("mkfifo", [path]), "/"],
  "a directory": [(path) => mkdirSync(path), "/"],
  "an endless device": [(path) => execFileSync("mknod", [path, "c", "1", "5"]), "/"],
  "a device that is full": [(path) => execFileSync("mknod", [path, "c", "1", "7"]), "/"],
  "a device that nobody has": [(path) => execFileSync("mknod", [path, "c", "240", "99"]), "/"],
  "a socket": [(path) => bindDatagrams(local, path)[Symbol.dispose](), "/"],
  "a link to itself": [(path) => execFileSync("ln", ["-s", "passwd", path]), "/"],
  "a link to a descriptor": [(path) => execFileSync("ln", ["-s", "/proc/self/fd/0", path]), "/"],
  "a terabyte of nothing": [
    (path) => {
      writeFileSync(path, line);
      truncateSync(path, 2 ** 40);
    },
    "/home/of/root",
  ],
  "lines without an end": [(path) => writeFileSync(path, `${":".repeat(1 << 20)}\n${line}`), "/"],
  "a home that no variable can hold": [(path) => writeFileSync(path, "root:x:0:0::/a\0b:/bin/sh\n"), "/"],
  "bytes that are no text": [
    (path) => writeFileSync(path, Buffer.concat([Buffer.of(0xff, 0, 0x80, 0x0a), Buffer.from(line)])),
    "/home/of/root",
  ],
};

for (const [what, [make, home]] of Object.entries(images)) {
  it(`HOME is ${home} where /etc/passwd is ${what}`, (box) => {
    const bundle = box.bundle((config) => {
      config.process.args = ["/bin/sh", "-c", "echo $HOME"];
      config.process.env = ["PATH=/bin"];
    });
    const path = join(bundle, "rootfs/etc/passwd");
    rmSync(path, { force: true });
    make(path);
    assert.equal(box.succeed(["run", "--bundle", bundle, box.newId()]).stdout, `${home}\n`);
  });
}
