import assert from "node:assert/strict";
import { test } from "node:test";
import { loadAllCommands, loadCommand } from "../../../src/cli/commands.ts";
import type { CommandModule } from "../../../src/cli/flags.ts";
import { globalFlags } from "../../../src/cli/global-flags.ts";
import { completeLine, renderHelp } from "../../../src/cli/yargs.ts";

const modules: readonly CommandModule[] = loadAllCommands();
const nameOf = (module: CommandModule) => module.command.split(" ")[0] ?? "";

test("renderHelp() shows every command and global flag", () => {
  const help = renderHelp(undefined);
  for (const module of modules) {
    assert.match(help, new RegExp(`^  tsrun ${nameOf(module)}\\b`, "m"));
  }
  for (const name of Object.keys(globalFlags)) {
    assert.ok(help.includes(`--${name} `), name);
  }
  assert.ok(help.endsWith("]\n"));
});

/** yargs answers `help --help` with the help of everything. */
const described = modules.filter((module) => nameOf(module) !== "help");

for (const module of described) {
  const name = nameOf(module);
  const visible = Object.keys(module.builder).filter((flag) => module.builder[flag]?.hidden !== true);

  test(`renderHelp() shows the arguments, description and flags of ${name} and no other's`, () => {
    const help = renderHelp(name);
    assert.ok(help.startsWith(`tsrun ${module.command}\n\n${module.describe}\n`), help);
    const shown = [...help.matchAll(/^ +(?:-\w, )?--([a-z0-9-]+)/gm)].map(([, flag]) => flag);
    assert.deepEqual(shown.sort(), [...visible, "help"].sort());
  });

  test(`completeLine() offers ${name} and its flags`, () => {
    assert.ok(completeLine(["tsrun", ""]).some((word) => word.split(":")[0] === name));
    const flags = completeLine(["tsrun", name, "--"]).map((word) => word.split(":")[0]);
    assert.deepEqual(flags.sort(), [...visible, "help"].map((flag) => `--${flag}`).sort());
  });
}

test("completeLine() offers the choices of a flag", () => {
  assert.deepEqual(completeLine(["tsrun", "list", "--format", ""]), ["table", "json"]);
});

test("completeLine() offers the words that a positional argument can be, in its place", () => {
  const words = (...line: string[]) =>
    completeLine(["tsrun", ...line, ""]).filter((word) => !word.startsWith("-"));
  assert.deepEqual(words("seccomp"), ["compile", "explain"]);
  assert.deepEqual(words("seccomp", "compile"), []);
  assert.deepEqual(words("engine"), ["install", "uninstall"]);
  assert.deepEqual(words("engine", "install"), ["containerd", "docker", "podman"]);
  assert.deepEqual(words("completion"), ["bash", "zsh"]);
});

test("loadCommand() refuses a command that does not exist, in urfave/cli's words", () => {
  for (const name of ["bogus", "checkpoint", "constructor", ""]) {
    assert.throws(() => loadCommand(name), { message: `No help topic for '${name}'` });
  }
});

test("completeLine() has nothing to say of a flag that is called as what every object has", () => {
  for (const word of ["--__proto__", "-constructor", "toString"]) {
    assert.deepEqual(completeLine(["tsrun", "update", word, ""]), []);
  }
});

test("completeLine() has nothing to say of words that nobody types", () => {
  assert.deepEqual(completeLine(["tsrun", "stats", `-${"0".repeat(50_000)}!`]), []);
});
