import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { ContainerDirectory } from "../../../src/container/directory.ts";
import { isErrno } from "../../../src/sys/syscall-error.ts";
import { emptyRecord, plant, withStateRoot } from "../../helpers/container-record.ts";

test("ContainerDirectory.claim() makes the directory, and --root where it is missing", () => {
  withStateRoot((options) => {
    const root = `${options.root}/deep/er`;
    const { directory, lock } = ContainerDirectory.claim({ ...options, root }, "a");
    const { path } = directory;
    assert.equal(directory.lock(false), undefined, "it is held from the beginning");
    lock[Symbol.dispose]();
    assert.equal(path, `${root}/a`);
    assert.equal(statSync(path).mode & 0o077 & ~0o011, 0, "nobody else may list it");
  });
});

test("ContainerDirectory.claim() refuses an id that is taken, and says what to do", () => {
  withStateRoot((options) => {
    using _lock = ContainerDirectory.claim(options, "a").lock;
    assert.throws(() => ContainerDirectory.claim(options, "a"), {
      message: "container with given ID already exists",
      hint: "delete a first",
    });
  });
});

test("ContainerDirectory.claim() and of() refuse an id that is a path", () => {
  withStateRoot((options) => {
    for (const id of ["..", "a/../../b", ""]) {
      assert.throws(() => ContainerDirectory.claim(options, id), /container (id|ID)/);
      assert.throws(() => ContainerDirectory.of(options, id), /container (id|ID)/);
    }
    assert.deepEqual(readdirSync(options.root), []);
  });
});

test("ContainerDirectory.claim() says why it cannot make the directory", () => {
  withStateRoot((options) => {
    writeFileSync(`${options.root}/file`, "");
    assert.throws(
      () => ContainerDirectory.claim({ ...options, root: `${options.root}/file` }, "a"),
      (error: Error) =>
        /^creating the container's directory .*file\/a$/.test(error.message) &&
        isErrno(error.cause, "ENOTDIR"),
    );
  });
});

test("ContainerDirectory.read() reads what write() wrote, for nobody else's eyes", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    assert.deepEqual(directory.read(), emptyRecord);
    directory.write({ ...emptyRecord, pid: 7 });
    assert.equal(directory.read().pid, 7);
    assert.deepEqual(readdirSync(directory.path), ["state.json"]);
    assert.equal(statSync(`${directory.path}/state.json`).mode & 0o777, 0o600);
  });
});

test("ContainerDirectory.read() says that there is no container", () => {
  withStateRoot((options) => {
    const directory = ContainerDirectory.of(options, "a");
    assert.throws(() => directory.read(), { message: "container does not exist" });
    writeFileSync(`${options.root}/a`, "");
    assert.throws(() => directory.read(), { message: "container does not exist" });
  });
});

test("ContainerDirectory.writeFile() leaves the old file where it fails", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    directory.writeFile("file", "old");
    assert.throws(() => directory.writeFile("missing/file", "new"), {
      message: `writing ${directory.path}/missing/file`,
    });
    assert.equal(readFileSync(`${directory.path}/file`, "utf8"), "old");
  });
});

test("ContainerDirectory.lock() is one command's at a time", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    {
      using lock = directory.lock(true);
      assert.notEqual(lock, undefined);
      assert.equal(directory.lock(false), undefined);
    }
    using again = directory.lock(false);
    assert.notEqual(again, undefined);
  });
});

test("ContainerDirectory.lock() of a container that is gone fails", () => {
  withStateRoot((options) => {
    assert.throws(() => ContainerDirectory.of(options, "a").lock(false), {
      message: "container does not exist",
    });
  });
});

test("ContainerDirectory.remove() removes all, and bears that nothing is there", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    directory.remove();
    directory.remove();
    assert.equal(existsSync(directory.path), false);
  });
});
