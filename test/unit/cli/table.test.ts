import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTable } from "../../../src/cli/table.ts";

const header = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];

test("formatTable() prints runc's header for an empty list", () => {
  assert.equal(formatTable([header]), "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
});

test("formatTable() widens a column for its longest cell, as runc 1.1.5 printed these rows", () => {
  const created = "2026-11-21T02:31:35.301198267Z";
  const rows = [
    ["averyveryverylongid", "5998", "created", "/tmp/cli/b", created, "root"],
    ["c1", "0", "stopped", "/tmp/cli/b", created, "root"],
  ];
  assert.equal(
    formatTable([header, ...rows]),
    [
      "ID                    PID         STATUS      BUNDLE       CREATED                          OWNER",
      "averyveryverylongid   5998        created     /tmp/cli/b   2026-11-21T02:31:35.301198267Z   root",
      "c1                    0           stopped     /tmp/cli/b   2026-11-21T02:31:35.301198267Z   root",
      "",
    ].join("\n"),
  );
});

test("formatTable() counts characters, not UTF-16 units", () => {
  assert.equal(formatTable([["é𝄞", "x"]]), `é𝄞${" ".repeat(10)}x\n`);
});

test("formatTable() keeps three spaces after a cell as wide as the column", () => {
  assert.equal(formatTable([["123456789", "x"]]), "123456789   x\n");
  assert.equal(formatTable([["1234567890", "x"]]), "1234567890   x\n");
});
