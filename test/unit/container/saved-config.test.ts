import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { savedConfig } from "../../../src/container/saved-config.ts";
import { emptyRecord, plant, withStateRoot } from "../../helpers/container-record.ts";

test("savedConfig() reads what create has written", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    directory.writeFile(
      "config.json",
      '{"ociVersion": "1.3.0", "linux": {"resources": {"pids": {"limit": 1}}}}',
    );
    assert.equal(savedConfig(directory).linux?.resources?.pids?.limit, 1);
  });
});

for (const text of ["", "{", "\0", "null", "1", '"text"', "[]", "{}", '{"ociVersion": 1}']) {
  test(`savedConfig() names a file that is damaged: ${JSON.stringify(text)}`, () => {
    withStateRoot((options) => {
      const directory = plant(options, emptyRecord);
      const path = `${directory.path}/config.json`;
      writeFileSync(path, text);
      assert.throws(() => savedConfig(directory), {
        name: /Error/,
        message: new RegExp(`^(reading )?${path}`),
      });
    });
  });
}

for (const part of ["process", "linux", "hooks"]) {
  test(`savedConfig() takes nothing else for an object: ${part}`, () => {
    withStateRoot((options) => {
      const directory = plant(options, emptyRecord);
      for (const value of ["null", "[]", "1"]) {
        directory.writeFile("config.json", `{"ociVersion": "1.3.0", "${part}": ${value}}`);
        assert.throws(() => savedConfig(directory), { message: /is damaged: it is no configuration$/ });
      }
    });
  });
}
