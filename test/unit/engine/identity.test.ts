// install, then uninstall: nothing has happened. Whatever stood in the file.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { carryOut, planInstall, planUninstall } from "../../../src/engine/change.ts";
import { containerd } from "../../../src/engine/containerd.ts";
import { docker } from "../../../src/engine/docker.ts";
import { jsonRuntimes, podman } from "../../../src/engine/podman.ts";
import type { Setup } from "../../../src/engine/setup.ts";
import { withDirectory } from "../../helpers/directory.ts";
import { containerdTexts, dockerTexts, podmanTexts } from "../../helpers/engine-texts.ts";
import { tomlOf } from "../../helpers/toml.ts";

const program = "/usr/local/bin/tsrun";
const withoutMark = (text: string) => text.replace(/^\uFEFF/, "");

interface Case {
  readonly name: string;
  readonly setup: Setup;
  readonly texts: fc.Arbitrary<string>;
  readonly read: (text: string) => unknown;
  /** Somebody's own change of a configuration. */
  readonly touch: (text: string) => string;
}

const touchToml = (text: string): string => {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  return `${text}${newline}[another] # table${newline}x = 1${newline}`;
};

const cases: readonly Case[] = [
  {
    name: "containerd",
    setup: containerd,
    texts: containerdTexts,
    read: (text) => tomlOf(withoutMark(text)),
    touch: touchToml,
  },
  {
    name: "podman",
    setup: podman(jsonRuntimes([])),
    texts: podmanTexts,
    read: (text) => tomlOf(withoutMark(text)),
    touch: touchToml,
  },
  {
    name: "docker",
    setup: docker,
    texts: dockerTexts,
    read: (text) => JSON.parse(text),
    touch: (text) => text.replace(/\{/, text.startsWith("{}") ? '{"another": 1' : '{"another": 1,'),
  },
];

for (const { name, setup, texts, read, touch } of cases) {
  test(`${name}: uninstall() after install() leaves the file and its folder as they were`, () => {
    const property = fc.property(texts, fc.boolean(), fc.boolean(), (text, asDefault, later) => {
      withDirectory((directory) => {
        const path = join(directory, "config");
        writeFileSync(path, text);
        carryOut(planInstall(setup, path, { program, asDefault: asDefault && !later }));
        if (later) carryOut(planInstall(setup, path, { program, asDefault }));
        assert.equal(setup.find(readFileSync(path, "utf8")), program);
        carryOut(planUninstall(setup, path));
        assert.equal(readFileSync(path, "utf8"), text);
        assert.deepEqual(readdirSync(directory), ["config"]);
      });
    });
    fc.assert(property, { numRuns: 150 });
  });

  test(`${name}: install() adds tsrun alone, and a second one nothing`, () => {
    const property = fc.property(texts, fc.boolean(), (text, asDefault) => {
      const wish = { program, asDefault };
      const made = setup.install(text, wish);
      assert.equal(setup.install(made, wish), made);
      assert.doesNotThrow(() => read(made));
      // Every line that was there is there, in its order.
      let at = 0;
      for (const line of text.split("\n").filter((each) => !/default|"runtimes"|^\uFEFF?\{/.test(each))) {
        at = made.indexOf(line.trimEnd(), at);
        assert.notEqual(at, -1, line);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test(`${name}: uninstall() takes tsrun alone out of a file that was changed in between`, () => {
    const property = fc.property(texts, fc.boolean(), (text, asDefault) => {
      const changed = touch(setup.install(text, { program, asDefault }));
      assert.deepEqual(read(setup.uninstall(changed, text)), read(touch(text)));
    });
    fc.assert(property, { numRuns: 300 });
  });
}

test("uninstall() removes a file that install() made, at once or in two steps", () => {
  for (const { setup } of cases) {
    withDirectory((directory) => {
      const path = join(directory, "new", "config");
      for (const steps of [[true], [false], [false, true]]) {
        for (const asDefault of steps) carryOut(planInstall(setup, path, { program, asDefault }));
        carryOut(planUninstall(setup, path));
        assert.deepEqual(readdirSync(join(directory, "new")), []);
      }
    });
  }
});

test("install() after the backup of another time keeps what is there now", () => {
  withDirectory((directory) => {
    const path = join(directory, "config");
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${path}.before-tsrun`, '{"old": true}');
    writeFileSync(path, '{"new": true}');
    carryOut(planInstall(docker, path, { program, asDefault: false }));
    carryOut(planUninstall(docker, path));
    assert.equal(readFileSync(path, "utf8"), '{"new": true}');
  });
});
