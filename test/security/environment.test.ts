// Whatever a caller's environment says, tsrun opens, executes and connects to the same; what it obeys is in the README.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { proves, type Verdict } from "./helpers/proves.ts";

leaveNothing();

/**
 * Variables by which something that tsrun is made of could be led to a file; `trap` is a folder with all of them. Not among
 * them: what libc itself obeys in any program, `LD_*` (below) and `TZ`, of which it reads a table of hours.
 */
const hostile = (trap: string): Readonly<Record<string, string>> => ({
  BUN_BE_BUN: "1",
  BUN_OPTIONS: `--preload ${trap}/preload.js`,
  BUN_CONFIG_FILE: `${trap}/bunfig.toml`,
  BUN_INSPECT: `ws+unix://${trap}/inspect`,
  BUN_INSTALL: trap,
  BUN_TMPDIR: trap,
  BUN_JSC_logJIT: "1",
  BUN_RUNTIME_TRANSPILER_CACHE_PATH: trap,
  NODE_OPTIONS: `--require ${trap}/preload.js`,
  NODE_PATH: trap,
  NODE_EXTRA_CA_CERTS: `${trap}/certificates`,
  NODE_V8_COVERAGE: trap,
  JSC_dumpOptions: "2",
  WTF_logFile: `${trap}/log`,
  MIMALLOC_VERBOSE: "1",
  GCONV_PATH: trap,
  LOCPATH: trap,
  NLSPATH: `${trap}/%N`,
  LC_ALL: "xx_XX.UTF-8",
  LANGUAGE: "xx",
  HOSTALIASES: `${trap}/hosts`,
  RESOLV_HOST_CONF: `${trap}/hosts`,
  GETCONF_DIR: trap,
  MALLOC_TRACE: `${trap}/trace`,
  TMPDIR: trap,
  TMP: trap,
  TEMP: trap,
  HOME: trap,
  XDG_CONFIG_HOME: trap,
  XDG_CACHE_HOME: trap,
  XDG_DATA_HOME: trap,
  DBUS_SESSION_BUS_ADDRESS: `unix:path=${trap}/bus`,
  DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${trap}/bus`,
  SYSTEMD_BYPASS_USERDB: "1",
  SSL_CERT_FILE: `${trap}/certificates`,
  SSLKEYLOGFILE: `${trap}/keys`,
  OPENSSL_CONF: `${trap}/openssl`,
  HTTP_PROXY: "http://127.0.0.1:9",
  SHELL: `${trap}/shell`,
  EDITOR: `${trap}/shell`,
  PAGER: `${trap}/shell`,
  ENV: `${trap}/preload.sh`,
  BASH_ENV: `${trap}/preload.sh`,
});

function makeTrap(box: Sandbox): string {
  const trap = box.folder("trap");
  writeFileSync(join(trap, "preload.js"), 'require("node:fs").writeFileSync(__dirname + "/sprung", "");');
  writeFileSync(join(trap, "preload.sh"), `touch ${trap}/sprung`);
  writeFileSync(join(trap, "bunfig.toml"), 'preload = ["./preload.js"]\n');
  writeFileSync(join(trap, "gconv-modules"), "module\tINTERNAL\tX//\ttrap\t1\n");
  mkdirSync(join(trap, "xx_XX.UTF-8"));
  return trap;
}

/** Calls that lead to a file. */
const watched =
  "openat,openat2,open,execve,execveat,connect,stat,newfstatat,access,faccessat,faccessat2,readlink,readlinkat";

/** Commands of every kind, each by itself. */
function commands(box: Sandbox): (readonly string[])[] {
  const id = box.running();
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", "env; cat /proc/self/maps"];
  });
  return [
    ["run", "--bundle", bundle, box.newId()],
    ["exec", id, "/bin/true"],
    ["state", id],
    ["list"],
    ["ps", "--format", "json", id],
    ["features"],
    ["--help"],
    ["update", "--pids-limit", "100", id],
    ["kill", id, "KILL"],
    ["delete", "--force", id],
  ];
}

proves({
  cve: "neighbour",
  title: "a caller's environment leads to nothing that tsrun would not open without it",
  attack: (box) => {
    const trap = makeTrap(box);
    const trace = join(box.directory, "trace");
    const through = ["strace", "-f", "-qq", "-s", "4096", "-o", trace, "-e", `trace=${watched}`];
    const env = hostile(trap);
    for (const command of commands(box)) {
      const { status, stderr } = box.call(command, { env, through });
      if (status !== 0) return `broken: ${command[0]}: ${stderr}`;
      const line = readFileSync(trace, "utf8")
        .split("\n")
        .find((each) => !each.includes("execve(") && each.includes(trap));
      if (line !== undefined) return `broken: ${command[0]}: ${line}` as Verdict;
    }
    return "held";
  },
  without: [],
});

it("what the dynamic loader is told to load goes no further than tsrun itself", (box) => {
  const library = join(box.directory, "preload.so");
  const source = join(box.directory, "preload.c");
  writeFileSync(source, "int preloaded;");
  const { status, stderr } = spawnSync("gcc", ["-shared", "-o", library, source], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const env = { LD_PRELOAD: library, LD_LIBRARY_PATH: box.directory, LD_BIND_NOW: "1" };
  const args = ["/bin/sh", "-c", "env; cat /proc/self/maps"];
  const id = box.running();
  const bundle = box.bundle((config) => {
    config.process.args = args;
  });
  for (const command of [
    ["run", "--bundle", bundle, box.newId()],
    ["exec", id, ...args],
  ]) {
    const { stdout } = box.succeed(command, { env });
    assert.match(stdout, /busybox/);
    assert.doesNotMatch(stdout, /preload|LD_/);
  }
});

it("a variable that leads a program to a file is found to do so", (box) => {
  const trap = makeTrap(box);
  const trace = join(box.directory, "trace");
  const watch = ["-f", "-qq", "-s", "4096", "-o", trace, "-e", `trace=${watched}`];
  const env = { ...hostile(trap), PATH: process.env["PATH"] ?? "", TZ: `:${trap}/zone` };
  spawnSync("strace", [...watch, "date"], { env });
  assert.match(readFileSync(trace, "utf8"), new RegExp(`openat\\(.*${trap}/zone`));
});
