import assert from "node:assert/strict";
import { test } from "node:test";
import { logLine, terminalLine } from "../../../src/cli/log-format.ts";

const now = new Date("2026-11-21T02:31:34.987Z");

const lines: readonly (readonly [...Parameters<typeof logLine>, string])[] = [
  [
    "text",
    "error",
    "container does not exist",
    now,
    'time="2026-11-21T02:31:34Z" level=error msg="container does not exist"\n',
  ],
  ["text", "warning", "short", now, 'time="2026-11-21T02:31:34Z" level=warning msg=short\n'],
  [
    "text",
    "error",
    'unknown signal "X"\n',
    now,
    'time="2026-11-21T02:31:34Z" level=error msg="unknown signal \\"X\\"\\n"\n',
  ],
  [
    "json",
    "error",
    "container does not exist",
    now,
    '{"level":"error","msg":"container does not exist","time":"2026-11-21T02:31:34Z"}\n',
  ],
  [
    "json",
    "warning",
    "two\nlines & <more>",
    now,
    '{"level":"warning","msg":"two\\nlines \\u0026 \\u003cmore\\u003e","time":"2026-11-21T02:31:34Z"}\n',
  ],
];

for (const [format, level, message, time, expected] of lines) {
  test(`logLine() writes ${JSON.stringify(message)} as ${format}`, () => {
    assert.equal(logLine(format, level, message, time), expected);
  });
}

test("terminalLine() shows the level, the seconds and the text", () => {
  assert.equal(terminalLine("error", "no", 0.4), "\u001b[31mERRO\u001b[0m[0000] no\n");
  assert.equal(terminalLine("warning", "so so", 12.9), "\u001b[33mWARN\u001b[0m[0012] so so\n");
  assert.equal(terminalLine("debug", "x", 0), "\u001b[37mDEBU\u001b[0m[0000] x\n");
});

test("terminalLine() lets no text steer the terminal", () => {
  const line = terminalLine("warning", "ignoring \u001b]0;x\u0007 \u009b2J\rgone", 0);
  assert.equal(line, "\u001b[33mWARN\u001b[0m[0000] ignoring \\u001b]0;x\\u0007 \\u009b2J\\u000dgone\n");
});
