// dist/tsrun needs glibc and nothing else: no other library, no environment, no home, no /tmp, no working directory.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { makeStandalone } from "../../scripts/addon/standalone.ts";

const executable = resolve("dist/tsrun");
const directory = mkdtempSync(join(tmpdir(), "tsrun-executable-"));
after(() => rmSync(directory, { recursive: true }));

const addon = join(directory, "koffi.node");
writeFileSync(
  addon,
  makeStandalone(
    readFileSync(`node_modules/@koromix/koffi-linux-${process.arch}/linux_${process.arch}/koffi.node`),
  ),
);

/** A command that loads the addon and makes system calls (it takes its signals) before it fails. */
const runOfNothing = ["--root", "/run/tsrun-nobody", "run", "--bundle", "/nonexistent", "nobody"];

interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

function run(command: string, args: readonly string[], options: object = {}): Outcome {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    env: {},
    ...options,
  });
  assert.equal(error, undefined);
  return { status, output: `${stdout}${stderr}` };
}

/** The outcome without the time of its messages. */
function untimed({ status, output }: Outcome): Outcome {
  return { status, output: output.replaceAll(/time="[^"]*"/g, "") };
}

/** Runs a script of sh(1) as root in a mount namespace of its own. */
function inPrivateMounts(script: string, ...args: string[]): Outcome {
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
  return run("/usr/bin/unshare", ["--mount", "--propagation=private", "sh", "-euc", script, "sh", ...args], {
    env,
  });
}

function assertFindsNothing({ status, output }: Outcome): void {
  assert.match(output, /cannot read the bundle's config.json: .*no such file or directory/);
  assert.equal(status, 1);
}

/** A root directory with the executable, glibc and an empty /proc. */
function makeBareRoot(): string {
  const root = mkdtempSync(join(directory, "root-"));
  const { output } = run("/usr/bin/ldd", [executable], { env: { PATH: "/usr/bin:/bin" } });
  const libraries = [...output.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? "");
  assert.ok(libraries.length >= 2, output);
  for (const library of libraries) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(library, join(root, library));
  }
  mkdirSync(join(root, "proc"));
  copyFileSync(executable, join(root, "tsrun"));
  return root;
}

function neededLibraries(file: string): string[] {
  const { output } = run("/usr/bin/objdump", ["-p", file]);
  return [...output.matchAll(/NEEDED\s+(\S+)/g)].map((match) => match[1] ?? "");
}

function isNewer(version: string, than: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > than[0] || (major === than[0] && minor > than[1]);
}

test("the executable is no larger than 120 MB", () => {
  assert.ok(statSync(executable).size <= 120_000_000);
});

test("the executable ends with the addon that needs glibc alone", () => {
  const expected = readFileSync(addon);
  const file = readFileSync(executable);
  assert.ok(file.subarray(file.length - expected.length).equals(expected));
});

for (const [name, file] of Object.entries({ executable, addon })) {
  test(`the ${name} needs no library but glibc's`, () => {
    const libraries = neededLibraries(file);
    assert.ok(libraries.length > 0);
    const foreign = libraries.filter((each) => !/^(lib(c|m|dl|pthread|rt)|ld-linux.*)\.so/.test(each));
    assert.deepEqual(foreign, []);
  });

  test(`the ${name} needs no glibc newer than 2.31`, () => {
    const { output } = run("/usr/bin/objdump", ["-T", file], { maxBuffer: 2 ** 26 });
    const versions = [...new Set([...output.matchAll(/GLIBC_([0-9.]+)/g)].map((match) => match[1] ?? ""))];
    assert.ok(versions.length > 0);
    assert.deepEqual(
      versions.filter((version) => isNewer(version, [2, 31])),
      [],
    );
  });
}

test("tsrun runs in a root that holds glibc and /proc alone, where there is no /tmp", () => {
  const root = makeBareRoot();
  const script =
    'mount -t proc proc "$1/proc"; root=$1; shift; exec env -i /usr/sbin/chroot "$root" /tsrun "$@"';
  assertFindsNothing(inPrivateMounts(script, root, ...runOfNothing));
  assert.equal(existsSync(join(root, "tmp")), false);
});

test("tsrun says what is missing where there is no /proc", () => {
  const { status, output } = inPrivateMounts(
    'exec env -i /usr/sbin/chroot "$@"',
    makeBareRoot(),
    "/tsrun",
    ...runOfNothing,
  );
  assert.match(output, /\/proc/);
  assert.equal(status, 1);
});

test("tsrun runs where /tmp is read-only and noexec, and writes nothing there", () => {
  const script = 'mount -t tmpfs -o ro,noexec none /tmp; exec env -i "$@"';
  const copy = mkdtempSync("/var/lib/tsrun-executable-");
  try {
    copyFileSync(executable, join(copy, "tsrun"));
    assertFindsNothing(inPrivateMounts(script, join(copy, "tsrun"), ...runOfNothing));
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test("tsrun says why it cannot load its native code", () => {
  const { status, output } = run("/usr/bin/prlimit", ["--fsize=4096", executable, ...runOfNothing]);
  assert.match(output, /^time="[^"]*" level=error msg="cannot load tsrun's native code: file too large"\n$/);
  assert.equal(status, 1);
});

test("tsrun runs from a deleted working directory", () => {
  const script = 'cd "$1"; rmdir "$1"; shift; exec env -i "$@"';
  assertFindsNothing(
    inPrivateMounts(script, mkdtempSync(join(directory, "gone-")), executable, ...runOfNothing),
  );
});

test("tsrun runs from a working directory that it cannot read", () => {
  const script =
    'chmod 711 "$1"; chmod 0 "$2"; cd "$2"; shift 2; exec setpriv --reuid 65534 --clear-groups env -i "$@"';
  const cwd = mkdtempSync(join(directory, "closed-"));
  assertFindsNothing(inPrivateMounts(script, directory, cwd, executable, ...runOfNothing));
});

test("tsrun ignores .env, bunfig.toml, package.json and tsconfig.json of its working directory", () => {
  const cwd = mkdtempSync(join(directory, "trap-"));
  writeFileSync(join(cwd, "trap.js"), 'console.log("trapped"); process.exit(42);');
  writeFileSync(join(cwd, "bunfig.toml"), 'preload = ["./trap.js"]\n');
  writeFileSync(join(cwd, ".env"), "BUN_BE_BUN=1\nXDG_RUNTIME_DIR=/trap\n");
  writeFileSync(join(cwd, "package.json"), "{ broken");
  writeFileSync(join(cwd, "tsconfig.json"), "{ broken");
  assert.deepEqual(run(executable, ["--version"], { cwd }), run(executable, ["--version"]));
});

for (const [name, value] of Object.entries({
  BUN_BE_BUN: "1",
  BUN_OPTIONS: "--print 42",
  BUN_INSPECT: "ws://127.0.0.1:0/",
  BUN_JSC_dumpOptions: "2",
  BUN_JSC_useJIT: "invalid",
  BUN_CONFIG_VERBOSE_FETCH: "1",
  MIMALLOC_VERBOSE: "3",
  MIMALLOC_SHOW_STATS: "1",
  mimalloc_verbose: "3",
  NODE_OPTIONS: "--require=/nonexistent",
  NODE_DEBUG: "fs",
  NODE_PATH: "/nonexistent",
})) {
  test(`tsrun is deaf to ${name}`, () => {
    const plain = untimed(run(executable, runOfNothing));
    assert.deepEqual(untimed(run(executable, runOfNothing, { env: { [name]: value } })), plain);
  });
}
