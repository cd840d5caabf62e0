import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorText } from "../../../src/cli/error-text.ts";
import { prepareConfig } from "../../../src/container/prepare-config.ts";
import { withDirectory } from "../../helpers/directory.ts";
import { specWith } from "../../helpers/documents.ts";

/** The one line that the user sees of the error for this bundle. */
function failure(bundle: string): string {
  try {
    prepareConfig(bundle, bundle);
  } catch (error) {
    const line = errorText(error);
    assert.ok(!line.includes("\n"));
    return line;
  }
  assert.fail("it did not fail");
}

test("prepareConfig() reads a bundle's config.json and finds its root", () => {
  withDirectory((bundle) => {
    mkdirSync(join(bundle, "rootfs"));
    writeFileSync(join(bundle, "config.json"), JSON.stringify(specWith({ hostname: "here" })));
    const { config, rootfs } = prepareConfig(bundle, bundle);
    assert.deepEqual([config.hostname, rootfs], ["here", join(bundle, "rootfs")]);
  });
});

test("prepareConfig() says what engines match when the file is missing", () => {
  withDirectory((bundle) => {
    assert.equal(
      failure(bundle),
      `cannot read the bundle's config.json: open ${bundle}/config.json: no such file or directory`,
    );
  });
});

test("prepareConfig() refuses a directory in the file's place", () => {
  withDirectory((bundle) => {
    mkdirSync(join(bundle, "config.json"));
    assert.match(failure(bundle), /^cannot read the bundle's config\.json: .*is a directory$/);
  });
});
