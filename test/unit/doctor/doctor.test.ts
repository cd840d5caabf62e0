import assert from "node:assert/strict";
import { test } from "node:test";
import { diagnosisText } from "../../../src/cli/doctor-text.ts";
import { summarize } from "../../../src/doctor/doctor.ts";
import { limited, missing, needed, ok } from "../../../src/doctor/finding.ts";

const advice = { consequence: "less", remedy: "more" };

test("summarize() counts, and says no only where a necessity is missing", () => {
  const fit = summarize([
    { area: "a", findings: [ok("x", "there"), limited("y", "half", advice)] },
    { area: "b", findings: [missing("z", "none", advice)] },
  ]);
  assert.deepEqual(fit.summary, { ok: 1, limited: 1, missing: 1 });
  assert.equal(fit.canRun, true);
  assert.equal(summarize([{ area: "a", findings: [needed("x", "none", advice)] }]).canRun, false);
});

test("diagnosisText() aligns, and has the summary last", () => {
  const text = diagnosisText(
    summarize([
      { area: "kernel", findings: [ok("openat2", "works"), limited("x", "a\nb", advice)] },
      { area: "state", findings: [needed("directory", "none", { consequence: "no" })] },
    ]),
  );
  assert.equal(
    text,
    [
      "kernel",
      "  ok       openat2    works",
      "  limited  x          a\\u000ab",
      "                      so: less",
      "                      do: more",
      "",
      "state",
      "  missing  directory  none",
      "                      so: no",
      "",
      "1 ok, 1 limited, 1 missing: no container can be run here",
      "",
    ].join("\n"),
  );
});
