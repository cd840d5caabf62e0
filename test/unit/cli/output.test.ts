import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { writeText } from "../../../src/cli/output.ts";

test("writeText() writes every byte of a text", () => {
  const directory = mkdtempSync(join(tmpdir(), "output-"));
  const file = openSync(join(directory, "out"), "w");
  const text = "é\n".repeat(100_000);
  writeText(file, text);
  closeSync(file);
  assert.equal(readFileSync(join(directory, "out"), "utf8"), text);
  rmSync(directory, { recursive: true });
});

test("writeText() waits for the reader of a pipe that is non-blocking", () => {
  // The reader starts late, and node's own stdout of a child is what leaves a pipe non-blocking: here, fifo by fifo.
  const directory = mkdtempSync(join(tmpdir(), "output-"));
  const fifo = join(directory, "fifo");
  assert.equal(spawnSync("mkfifo", [fifo]).status, 0);
  const reader = spawnReader(fifo, join(directory, "copy"));
  const O_RDWR_NONBLOCK = 0o2 | 0o4000;
  const writer = openSync(fifo, O_RDWR_NONBLOCK);
  const text = "x".repeat(300_000);
  writeText(writer, text);
  closeSync(writer);
  reader();
  assert.equal(readFileSync(join(directory, "copy"), "utf8").length, text.length);
  rmSync(directory, { recursive: true });
});

/** Starts a process that copies 300,000 bytes of the FIFO after a while; returns the wait for its end. */
function spawnReader(fifo: string, copy: string): () => void {
  const script = `(sleep 0.2; head -c 300000 < ${fifo} > ${copy}; touch ${copy}.done) >/dev/null 2>&1 &`;
  assert.equal(spawnSync("sh", ["-c", script]).status, 0);
  return () => {
    const wait = `for i in $(seq 100); do test -e ${copy}.done && exit 0; sleep 0.05; done; exit 1`;
    assert.equal(spawnSync("sh", ["-c", wait]).status, 0);
  };
}
