import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { savedConfig } from "../../../src/container/saved-config.ts";
import { takeConfig } from "../../../src/container/taken-config.ts";
import { emptyRecord, plant, withStateRoot } from "../../helpers/container-record.ts";

test("takeConfig() gives the configuration to whoever asks first, and leaves nothing of it", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    directory.writeFile("config.json", '{"ociVersion":"1.3.0"}');
    const before = readdirSync(directory.path);
    assert.deepEqual(savedConfig(directory), { ociVersion: "1.3.0" });
    assert.deepEqual(takeConfig(directory), { ociVersion: "1.3.0" });
    assert.equal(takeConfig(directory), undefined);
    assert.deepEqual(
      readdirSync(directory.path),
      before.filter((name) => name !== "config.json"),
    );
  });
});

test("takeConfig() takes a damaged configuration away, too, and names it", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    directory.writeFile("config.json", "{");
    assert.throws(() => takeConfig(directory), { message: `reading ${directory.path}/config.json` });
    assert.equal(takeConfig(directory), undefined);
  });
});

test("takeConfig() finds nothing where the whole directory is gone", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    directory.remove();
    assert.equal(takeConfig(directory), undefined);
  });
});
