import assert from "node:assert/strict";
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { realDirectory } from "../../../src/sys/real-path.ts";
import { isErrno } from "../../../src/sys/syscall-error.ts";
import { withDirectory } from "../../helpers/directory.ts";

const failsWith = (code: string) => (error: unknown) => isErrno(error, code);

test("realDirectory() follows links to a directory and refuses all else", () => {
  withDirectory((directory) => {
    mkdirSync(join(directory, "a"));
    symlinkSync("a", join(directory, "link"));
    assert.equal(realDirectory(join(directory, "link/.")), realpathSync(join(directory, "a")));
    writeFileSync(join(directory, "file"), "");
    assert.throws(() => realDirectory(join(directory, "file")), failsWith("ENOTDIR"));
    assert.throws(() => realDirectory(join(directory, "none")), failsWith("ENOENT"));
  });
});
