import assert from "node:assert/strict";
import { test } from "node:test";

import { containerd, criIsOff } from "../../../src/engine/containerd.ts";
import { tomlOf } from "../../helpers/toml.ts";

const program = "/usr/local/bin/tsrun";
const install = (text: string | undefined, asDefault = false) =>
  containerd.install(text, { program, asDefault });

/** The CRI plugin's part of a configuration. */
const cri = (text: string) => {
  const { version, plugins } = tomlOf(text);
  return plugins[version === 2 ? "io.containerd.grpc.v1.cri" : "io.containerd.cri.v1.runtime"];
};

const tsrun = { runtime_type: "io.containerd.runc.v2", options: { BinaryName: program } };
const runc = { runtime_type: "io.containerd.runc.v2" };

test("containerd.install() makes a configuration of version 2 where there is none, with runc beside tsrun", () => {
  for (const text of [undefined, "", "\n", "# nothing is set\n"]) {
    const made = install(text);
    assert.deepEqual(cri(made), { containerd: { runtimes: { runc, tsrun } } });
    assert.ok(made.startsWith(text ?? ""), made);
  }
});

test("containerd.install() names runc only where containerd 1.x would lose it: no runtime was named", () => {
  const plugin = `[plugins."io.containerd.grpc.v1.cri"]\nsandbox_image = "pause"\n`;
  assert.deepEqual(cri(install(`version = 2\n${plugin}`)).containerd.runtimes, { runc, tsrun });
  const other = `${plugin}[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun]\n`;
  assert.deepEqual(Object.keys(cri(install(`version = 2\n${other}`)).containerd.runtimes), ["crun", "tsrun"]);
});

test("containerd.install() knows where versions 3 and 4 have runtimes, and adds tsrun alone", () => {
  for (const version of [3, 4]) {
    assert.deepEqual(cri(install(`version = ${version}\n`)).containerd.runtimes, { tsrun });
  }
});

test("containerd.install() quotes as the file does", () => {
  const made = install("version = 3\n[plugins.'io.containerd.cri.v1.runtime']\n");
  assert.match(made, /^\[plugins\.'io\.containerd\.cri\.v1\.runtime'\.containerd\.runtimes\.tsrun\]$/m);
});

test("containerd.install() puts tsrun into systemd's cgroups where the default runtime is there", () => {
  const options = (name: string, value: string, more = "") =>
    cri(
      install(
        `version = 2\n[plugins."io.containerd.grpc.v1.cri".containerd]\n${more}\n` +
          `[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${name}.options]\nSystemdCgroup = ${value}\n`,
      ),
    ).containerd.runtimes.tsrun.options;
  assert.deepEqual(options("runc", "true"), { BinaryName: program, SystemdCgroup: true });
  assert.deepEqual(options("runc", "false"), { BinaryName: program });
  assert.deepEqual(options("crun", "true"), { BinaryName: program });
  assert.equal(options("crun", "true", 'default_runtime_name = "crun"').SystemdCgroup, true);
});

const table = '[plugins."io.containerd.grpc.v1.cri".containerd]';

test("containerd.install() makes tsrun the default where the default stands", () => {
  const replaced = install(`version = 2\n${table}\n  default_runtime_name = 'runc' # ours\n  x = 1\n`, true);
  assert.ok(replaced.includes('\n  default_runtime_name = "tsrun" # ours\n  x = 1\n'), replaced);
  const inserted = install(`version = 2\n${table} # theirs\n  x = 1\n# end\n`, true);
  assert.ok(inserted.includes('  x = 1\n  default_runtime_name = "tsrun"\n# end\n'), inserted);
  const appended = install("version = 2", true);
  assert.equal(cri(appended).containerd.default_runtime_name, "tsrun");
});

test("containerd.install() keeps everything else byte for byte", () => {
  const text = `# first\r\nversion = 2 # two\r\n\r\n[plugins] # \u00fcber\r\n  # deep\r\n[grpc]\r\n\taddress = "/x"`;
  const made = install(text);
  assert.ok(made.startsWith(`${text}\r\n\r\n[plugins.`), made);
  assert.equal(made.replaceAll("\r\n", "").includes("\n"), false);
});

test("containerd.install() changes nothing that is there already", () => {
  for (const asDefault of [false, true]) {
    const made = install("version = 2\n", asDefault);
    assert.equal(install(made, asDefault), made);
    assert.equal(install(made, false), made);
  }
});

const refused: Readonly<Record<string, readonly [string, RegExp]>> = {
  "version 1": ["version = 1\n", /^this is a configuration of version 1, tsrun knows 2, 3 and 4$/],
  "no version, as Docker's package of containerd has it": ['disabled_plugins = ["cri"]\n', /of version 1,/],
  "a version to come": ["version = 5\n", /^this is a configuration of version 5,/],
  "what is not TOML": ["version = 2\n[plugins\n", /^line 2: expected \]$/],
  "a tsrun elsewhere": [
    install(undefined).replace(program, "/opt/tsrun"),
    /^containerd\.runtimes\.tsrun is there already, and means \/opt\/tsrun, not \/usr\/local\/bin\/tsrun$/,
  ],
  "a tsrun without a path": [
    `version = 2\n${table.replace("]", ".runtimes.tsrun]")}\n`,
    /is there already, without this executable's path$/,
  ],
  "runtimes in an inline table": [
    `version = 2\n${table}\nruntimes = { runc = { runtime_type = "io.containerd.runc.v2" } }\n`,
    /containerd\.runtimes is not written as a \[table\] of its own$/,
  ],
};

for (const [name, [text, message]] of Object.entries(refused)) {
  test(`containerd.install() refuses ${name}`, () => {
    assert.throws(() => install(text), { message });
  });
}

// A header's pattern that looked for it on later lines, too, took minutes here.
test("containerd.install() reads a file with many free lines", () => {
  const before = `version = 2\n${"\n".repeat(100_000)}`;
  assert.deepEqual(cri(install(before)).containerd.runtimes, { runc, tsrun });
});

test("containerd.uninstall() takes tsrun out of a file that was changed since, and nothing else", () => {
  const before = `version = 2\n${table}\ndefault_runtime_name = 'crun'\n`;
  const changed = `# new\n${install(before, true)}SystemdCgroup = true\n\n[grpc] # new, too\nuid = 1\n`;
  const after = containerd.uninstall(changed, before);
  assert.equal(after, `# new\n${before}\n[grpc] # new, too\nuid = 1\n`);
});

test("containerd.uninstall() keeps runc where another runtime came to stand beside it", () => {
  const more = `\n${table.replace("]", ".runtimes.crun]")}\n`;
  const after = containerd.uninstall(install("version = 2\n") + more, "version = 2\n");
  assert.deepEqual(Object.keys(cri(after).containerd.runtimes), ["runc", "crun"]);
});

test("containerd.uninstall() leaves the default to containerd where nobody knows what it was", () => {
  const made = install(`version = 2\n${table}\nx = 1\n`, true);
  assert.deepEqual(cri(containerd.uninstall(made, undefined)).containerd, { x: 1, runtimes: { runc } });
});

test("criIsOff() sees a CRI plugin that is turned off, by its name in any version", () => {
  assert.equal(criIsOff('disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'), true);
  assert.equal(criIsOff('disabled_plugins = ["cri"]\n'), true);
  assert.equal(criIsOff("disabled_plugins = []\n"), false);
  assert.equal(criIsOff(""), false);
});
