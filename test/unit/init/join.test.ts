import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { joinAll, openNamespaces } from "../../../src/init/join.ts";
import { local } from "../../../src/sys/local.ts";
import { withDirectory } from "../../helpers/directory.ts";

test("openNamespaces() waits for nobody at the other end of a FIFO, which joinAll() refuses", {
  timeout: 10_000,
}, () => {
  withDirectory((directory) => {
    const path = `${directory}/fifo`;
    execFileSync("mkfifo", [path]);
    const opened = openNamespaces([{ type: "uts", path, pointer: "/linux/namespaces/0" }]);
    assert.throws(() => joinAll(local, opened), /joining uts namespace/);
    for (const { fd } of opened) fd[Symbol.dispose]();
  });
});
