// What happens to files: links, modes, owners, backups, and what is refused.
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { carryOut, planInstall, planUninstall } from "../../../src/engine/change.ts";
import { containerd } from "../../../src/engine/containerd.ts";
import { docker } from "../../../src/engine/docker.ts";
import { withDirectory } from "../../helpers/directory.ts";
import { skipUnless } from "../../helpers/skip.ts";

const wish = { program: "/usr/local/bin/tsrun", asDefault: false };

test("install() keeps a file's mode and owner, also for the backup", (t: TestContext) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  withDirectory((directory) => {
    const path = join(directory, "daemon.json");
    writeFileSync(path, "{}\n");
    chmodSync(path, 0o640);
    chownSync(path, 1234, 5678);
    carryOut(planInstall(docker, path, wish));
    for (const file of [path, `${path}.before-tsrun`]) {
      const { mode, uid, gid } = statSync(file);
      assert.deepEqual([mode & 0o7777, uid, gid], [0o640, 1234, 5678], file);
    }
    assert.equal(readFileSync(`${path}.before-tsrun`, "utf8"), "{}\n");
    carryOut(planUninstall(docker, path));
    assert.deepEqual([statSync(path).mode & 0o7777, readdirSync(directory)], [0o640, ["daemon.json"]]);
  });
});

test("install() makes a file that everybody may read, and the folders above it", () => {
  withDirectory((directory) => {
    const path = join(directory, "etc", "docker", "daemon.json");
    carryOut(planInstall(docker, path, wish));
    assert.equal(statSync(path).mode & 0o7777, 0o644);
  });
});

test("install() writes the file that a symbolic link leads to, and leaves the link", () => {
  withDirectory((directory) => {
    const [link, file] = [join(directory, "link"), join(directory, "deep", "file")];
    mkdirSync(join(directory, "deep"));
    writeFileSync(file, "{}");
    symlinkSync("deep/file", link);
    carryOut(planInstall(docker, link, wish));
    assert.equal(readlinkSync(link), "deep/file");
    assert.equal(docker.find(readFileSync(file, "utf8")), wish.program);
    assert.deepEqual(readdirSync(join(directory, "deep")).sort(), ["file", "file.before-tsrun"]);
    carryOut(planUninstall(docker, link));
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.equal(readFileSync(file, "utf8"), "{}");
  });
});

test("install() puts another file in the place of the old one: no reader finds half of it", () => {
  withDirectory((directory) => {
    const path = join(directory, "daemon.json");
    writeFileSync(path, "{}");
    const { ino } = statSync(path);
    carryOut(planInstall(docker, path, wish));
    assert.notEqual(statSync(path).ino, ino);
  });
});

test("carryOut() leaves alone what stands where its draft would", () => {
  withDirectory((directory) => {
    const [path, other] = [join(directory, "daemon.json"), join(directory, "other")];
    const draft = `${path}.tsrun-${process.pid}`;
    writeFileSync(path, "{}");
    writeFileSync(other, "other");
    symlinkSync(other, draft);
    assert.throws(() => carryOut(planInstall(docker, path, wish)), { code: "EEXIST" });
    assert.equal(readlinkSync(draft), other);
    assert.deepEqual([readFileSync(path, "utf8"), readFileSync(other, "utf8")], ["{}", "other"]);
  });
});

test("planning writes nothing", () => {
  withDirectory((directory) => {
    const path = join(directory, "daemon.json");
    writeFileSync(path, "{}");
    planInstall(docker, path, wish);
    planUninstall(docker, path);
    planInstall(docker, join(directory, "deep", "daemon.json"), wish);
    assert.deepEqual(readdirSync(directory), ["daemon.json"]);
    assert.equal(readFileSync(path, "utf8"), "{}");
  });
});

test("uninstall() has nothing to do where there is no tsrun", () => {
  withDirectory((directory) => {
    const path = join(directory, "daemon.json");
    assert.equal(planUninstall(docker, path).after, undefined);
    writeFileSync(path, '{"debug": true}');
    const { file, after } = planUninstall(docker, path);
    assert.equal(after, file.text);
  });
});

test("uninstall() keeps the backup of a file that was changed in between", () => {
  withDirectory((directory) => {
    const path = join(directory, "daemon.json");
    writeFileSync(path, '{\n  "debug": true\n}\n');
    carryOut(planInstall(docker, path, wish));
    writeFileSync(path, readFileSync(path, "utf8").replace("true", "false"));
    carryOut(planUninstall(docker, path));
    assert.equal(readFileSync(path, "utf8"), '{\n  "debug": false\n}\n');
    assert.deepEqual(readdirSync(directory).sort(), ["daemon.json", "daemon.json.before-tsrun"]);
  });
});

test("uninstall() takes an entry out that was written by hand, and keeps what had it before", () => {
  withDirectory((directory) => {
    const path = join(directory, "daemon.json");
    const byHand = `{"runtimes": {"tsrun": {"path": "${wish.program}"}}, "default-runtime": "runc"}`;
    writeFileSync(path, byHand);
    carryOut(planInstall(docker, path, { ...wish, asDefault: true }));
    assert.equal(readFileSync(`${path}.before-tsrun`, "utf8"), byHand);
    carryOut(planUninstall(docker, path));
    assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), { runtimes: {}, "default-runtime": "runc" });
  });
});

/** What is refused, by what makes it, and a text of the fault. */
const refused: Readonly<Record<string, readonly [make: (path: string) => void, fault: RegExp]>> = {
  "a folder": [(path) => mkdirSync(path), / is no regular file$/],
  "a link to nothing": [(path) => symlinkSync("nowhere", path), / is a symbolic link to nothing$/],
  "a file that no configuration is as long as": [
    (path) => writeFileSync(path, "#".repeat(2 ** 20 + 1)),
    / is longer than 1048576 bytes$/,
  ],
  "a file that gives nothing to read": [
    (path) => symlinkSync("/proc/self/mem", path),
    /^reading \/proc\/\d+\/mem$/,
  ],
  "bytes that are no text": [(path) => writeFileSync(path, Buffer.from([0x23, 0xff])), / is not UTF-8$/],
};

for (const [name, [make, message]] of Object.entries(refused)) {
  test(`install() refuses ${name}`, () => {
    withDirectory((directory) => {
      const path = join(directory, "config.toml");
      make(path);
      assert.throws(() => planInstall(containerd, path, wish), { message });
    });
  });
}

test("install() names the file in what is wrong with it", () => {
  withDirectory((directory) => {
    const path = join(directory, "config.toml");
    writeFileSync(path, "version = \n");
    assert.throws(
      () => planInstall(containerd, path, wish),
      (error: Error) =>
        error.message === path && (error.cause as Error).message === "line 1: expected a value",
    );
  });
});
