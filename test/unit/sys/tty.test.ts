import assert from "node:assert/strict";
import { test } from "node:test";
import { local } from "../../../src/sys/local.ts";
import {
  ptyNumber,
  rawModes,
  setTermios,
  setWindowSize,
  tryGetTermios,
  tryGetWindowSize,
  withoutCarriageReturns,
} from "../../../src/sys/tty.ts";
import { openPty, Screen } from "../../helpers/pty.ts";

const modesOf = (fd: number): Uint8Array => tryGetTermios(local, fd) ?? assert.fail("not a terminal");

function write(fd: number, text: string): void {
  local.call({ name: "write", args: [fd, local.memory.string(text), text.length] });
}

test("withoutCarriageReturns() ends lines in a bare line feed", async () => {
  const { ptmx, peer } = openPty();
  using screen = new Screen(ptmx);
  using _ = peer;
  write(peer.number, "before\n");
  setTermios(local, ptmx.number, withoutCarriageReturns(modesOf(ptmx.number)));
  write(peer.number, "after\n");
  await screen.shows(/after/);
  assert.equal(screen.text, "before\r\nafter\n");
});

test("rawModes() passes keys on at once and unechoed, and keeps output processing", async () => {
  const { ptmx, peer } = openPty();
  using screen = new Screen(ptmx);
  using _ = peer;
  const former = modesOf(peer.number);
  setTermios(local, peer.number, rawModes(former));
  screen.type("\x03a");
  const buffer = local.memory.alloc(8);
  assert.equal(local.call({ name: "read", args: [peer.number, buffer, 8] }), 2);
  assert.equal(local.memory.text(buffer, 2), "\x03a");
  write(peer.number, "line\n");
  await screen.shows(/line/);
  assert.equal(screen.text, "line\r\n");
  setTermios(local, peer.number, former);
  assert.deepEqual(modesOf(peer.number), former);
});

test("setWindowSize() sets what tryGetWindowSize() reads", () => {
  const { ptmx, peer } = openPty();
  using _ptmx = ptmx;
  using _peer = peer;
  setWindowSize(local, ptmx.number, { rows: 33, columns: 77 });
  assert.deepEqual(tryGetWindowSize(local, peer.number), { rows: 33, columns: 77, xPixels: 0, yPixels: 0 });
});

test("tryGetTermios() and tryGetWindowSize() say undefined of what is no terminal", () => {
  assert.equal(tryGetTermios(local, -1), undefined);
  assert.equal(tryGetWindowSize(local, -1), undefined);
});

test("ptyNumber() differs for two terminals", () => {
  const [one, two] = [openPty(), openPty()];
  assert.notEqual(ptyNumber(local, one.ptmx.number), ptyNumber(local, two.ptmx.number));
  for (const fd of [one.ptmx, one.peer, two.ptmx, two.peer]) fd[Symbol.dispose]();
});
