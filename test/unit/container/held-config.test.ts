import assert from "node:assert/strict";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { HeldConfig } from "../../../src/container/held-config.ts";
import { takeConfig } from "../../../src/container/taken-config.ts";
import { emptyRecord, plant, withStateRoot } from "../../helpers/container-record.ts";

test("HeldConfig keeps what is saved, with integers that doubles don't hold", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    directory.writeFile("config.json", '{"ociVersion":"1.3.0","linux":{"resources":{}}}');
    {
      using held = HeldConfig.hold(directory);
      const limit = 2n ** 63n - 1n;
      held.save({ ...held.config, linux: { resources: { memory: { limit } } } }, (place) => place());
    }
    assert.match(readFileSync(`${directory.path}/config.json`, "utf8"), /"limit":9223372036854775807/);
    using again = HeldConfig.hold(directory);
    assert.equal(again.config.linux?.resources?.memory?.limit, 2n ** 63n - 1n);
  });
});

test("HeldConfig sees what took the file's place while it waited", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    const path = `${directory.path}/config.json`;
    writeFileSync(path, '{"ociVersion":"1.0.0"}');
    writeFileSync(`${path}.other`, '{"ociVersion":"1.1.0"}');
    using first = HeldConfig.hold(directory);
    renameSync(`${path}.other`, path);
    using second = HeldConfig.hold(directory);
    assert.deepEqual([first.config.ociVersion, second.config.ociVersion], ["1.0.0", "1.1.0"]);
  });
});

test("HeldConfig.hold() says that a container is gone", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    assert.throws(() => HeldConfig.hold(directory), { message: "container does not exist" });
  });
});

test("HeldConfig puts nothing where delete has taken the configuration away after all its patience", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    directory.writeFile("config.json", '{"ociVersion":"1.3.0"}');
    using held = HeldConfig.hold(directory);
    takeConfig(directory);
    assert.throws(() => held.save(held.config, (place) => place()), { message: "container does not exist" });
    assert.ok(!directory.has("config.json"));
  });
});
