import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Config } from "../helpers/config.ts";
import { mapUsers } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

/** A bundle whose create must fail. */
interface Failure {
  readonly what: string;
  readonly config?: (config: Config) => void;
  /** Changes the bundle's files. */
  readonly files?: (bundle: string) => void;
  readonly flags?: readonly string[];
  /** What the last line must hold: the words that engines match, and what the reader needs. */
  readonly words: readonly RegExp[];
}

const program =
  (...args: string[]) =>
  (config: Config) => {
    config.process.args = args;
  };

const executable =
  (path: string, content: string | Buffer, mode = 0o755) =>
  (bundle: string) => {
    mkdirSync(join(bundle, "rootfs/opt"), { recursive: true });
    writeFileSync(join(bundle, "rootfs", path), content, { mode });
  };

/** The head of an ELF file for another architecture: s390x, which is big-endian, 64 bits. */
function foreignElf(): Buffer {
  const header = Buffer.alloc(64);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1]);
  header.writeUInt16BE(2, 16);
  header.writeUInt16BE(22, 18);
  header.writeUInt32BE(1, 20);
  return header;
}

const noSuchFile = /no such file or directory/;
const permissionDenied = /permission denied/;

const failures: readonly Failure[] = [
  {
    what: "a mount's source is missing",
    config: (config) => {
      config.mounts.push({ destination: "/tmp/x", type: "bind", source: "/not/there", options: ["bind"] });
    },
    words: [noSuchFile, /\/not\/there/, /\/tmp\/x/],
  },
  {
    what: "a file system is unknown",
    config: (config) => {
      config.mounts.push({ destination: "/tmp/x", type: "wonderfs", source: "none" });
    },
    words: [/no such device/, /\/tmp\/x/],
  },
  {
    what: "a file system refuses its data",
    config: (config) => {
      config.mounts.push({ destination: "/tmp/x", type: "tmpfs", source: "tmpfs", options: ["size=lots"] });
    },
    words: [/invalid argument/, /\/tmp\/x/],
  },
  { what: "the program is missing", config: program("/not/there"), words: [noSuchFile, /\/not\/there/] },
  {
    what: "the program is in no directory of PATH",
    config: program("not-there"),
    words: [/executable file not found in \$PATH/, /not-there/],
  },
  {
    what: "the program is a directory",
    config: program("/etc"),
    words: [/is a directory|permission denied/, /\/etc/],
  },
  {
    what: "the program is not executable",
    config: program("/opt/tool"),
    files: executable("opt/tool", "#!/bin/sh\n", 0o644),
    words: [permissionDenied, /\/opt\/tool/],
  },
  {
    what: "the program's interpreter is missing",
    config: program("/opt/tool"),
    files: executable("opt/tool", "#!/opt/interpreter -x\n"),
    words: [noSuchFile, /\/opt\/interpreter/],
  },
  {
    what: "the program's first line ends in CR LF",
    config: program("/opt/tool"),
    files: executable("opt/tool", "#!/bin/sh\r\necho\r\n"),
    words: [noSuchFile, /CR|carriage return|\\r/],
  },
  {
    what: "the program is for another architecture",
    config: program("/opt/tool"),
    files: executable("opt/tool", foreignElf()),
    words: [/exec format error/, /s390/i],
  },
  {
    what: "the program is text without a first line that names an interpreter",
    config: program("/opt/tool"),
    files: executable("opt/tool", "echo hello\n"),
    words: [/exec format error/, /\/opt\/tool/],
  },
  {
    what: "the program is a symlink to itself",
    config: program("/opt/tool"),
    files: (bundle) => {
      mkdirSync(join(bundle, "rootfs/opt"));
      symlinkSync("tool", join(bundle, "rootfs/opt/tool"));
    },
    words: [/too many levels of symbolic links/, /\/opt\/tool/],
  },
  {
    what: "the user is outside of the mappings",
    config: (config) => {
      mapUsers(config, 100_000, 1000);
      config.process.user = { uid: 5000, gid: 0 };
    },
    words: [/invalid argument|mapp/, /5000|uid/],
  },
  {
    what: "a limit of the process is more than the kernel allows",
    config: (config) => {
      config.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 2 ** 40, hard: 2 ** 40 }];
    },
    words: [/operation not permitted/, /rlimit/i],
  },
  {
    what: "a limit of the process is unknown",
    config: (config) => {
      config.process.rlimits = [{ type: "RLIMIT_HAPPINESS", soft: 1, hard: 1 }];
    },
    words: [/RLIMIT_HAPPINESS/],
  },
  {
    what: "the root file system is missing",
    files: (bundle) => rmSync(join(bundle, "rootfs"), { recursive: true }),
    words: [/no such file or directory|does not exist/, /rootfs/],
  },
  {
    what: "config.json is missing",
    files: (bundle) => rmSync(join(bundle, "config.json")),
    words: [/config\.json/, /not found|no such file or directory/],
  },
  {
    what: "config.json is no JSON",
    files: (bundle) => writeFileSync(join(bundle, "config.json"), '{"ociVersion": "1.0.0", '),
    words: [/JSON|json|unexpected|EOF/],
  },
  {
    what: "the working directory is relative",
    config: (config) => {
      config.process.cwd = "relative";
    },
    words: [/cwd/i, /absolute|must start with/i],
  },
  {
    what: "there is nothing to execute",
    config: program(),
    words: [/args/],
  },
  {
    what: "a terminal is wanted that nobody will take",
    config: (config) => {
      config.process.terminal = true;
    },
    words: [/cannot allocate tty if \S+ will detach without setting console socket/],
  },
  {
    what: "a console socket is given that no terminal is wanted for",
    flags: ["--console-socket", "/not/there.sock"],
    words: [/cannot use console socket if \S+ will not detach or allocate tty/],
  },
  {
    what: "the console socket is missing",
    config: (config) => {
      config.process.terminal = true;
    },
    flags: ["--console-socket", "/not/there.sock"],
    words: [/no such file or directory/, /there\.sock|connect/],
  },
];

function bundleOf(box: Sandbox, failure: Failure): string {
  const bundle = box.bundle((config) => {
    failure.config?.(config);
    config.root.readonly = false;
  });
  failure.files?.(bundle);
  return bundle;
}

function assertWords(line: string, failure: Failure): void {
  for (const words of failure.words) {
    assert.match(line, words);
  }
}

for (const failure of failures) {
  it(`create fails with a clear line and leaves nothing when ${failure.what}`, (box) => {
    const id = box.newId();
    const bundle = bundleOf(box, failure);
    const created = box.call(["create", "--bundle", bundle, ...(failure.flags ?? []), id]);
    // What is wrong with the program may be found when it is executed: the container exists until it is deleted.
    const line =
      created.status === 0 ? box.fail(["start", id]) : (created.stderr.trimEnd().split("\n").at(-1) ?? "");
    assert.ok([0, 1].includes(created.status ?? -1), `exit status ${created.status}`);
    assertWords(line, failure);
    if (created.status === 0) {
      box.untilStatus(id, "stopped");
      box.succeed(["delete", id]);
    }
    box.assertEmpty();
  });

  if (failure.flags === undefined && !failure.what.startsWith("a terminal")) {
    it(`run fails with a clear line and leaves nothing when ${failure.what}`, (box) => {
      const line = box.fail(["run", "--bundle", bundleOf(box, failure), box.newId()]);
      assertWords(line, failure);
      box.assertEmpty();
    });
  }
}

/** Faults that the schema knows, and faults that only a rule across properties does; the rules need a valid shape. */
const faultyConfigs: readonly [what: string, config: (config: Config) => void, places: string[]][] = [
  [
    "shape",
    (config) => {
      config.process.user.uid = -1;
      config.linux.namespaces.push({ type: "nets" });
      config.process.env = ["A=1", 5 as unknown as string];
    },
    ["/process/user/uid", "/linux/namespaces/", "/process/env/1"],
  ],
  [
    "meaning",
    (config) => {
      config.process.cwd = "relative";
      config.linux.namespaces.push({ type: "uts" });
      config.hooks = { poststart: [{ path: "relative" }] };
    },
    ["/process/cwd", "/linux/namespaces", "/hooks/poststart/0/path"],
  ],
];

for (const [what, adjust, places] of faultyConfigs) {
  it(`create lists every fault in the ${what} of config.json with its place`, (box) => {
    const { status, stderr } = box.call(["create", "--bundle", box.bundle(adjust), box.newId()]);
    assert.equal(status, 1);
    for (const place of places) {
      assert.ok(stderr.includes(place), `${place} in ${stderr}`);
    }
    box.assertEmpty();
  });
}

it("an error goes to the log file, too, as one JSON object in a line of its own", (box) => {
  const log = join(box.directory, "log.json");
  const bundle = box.bundle(program("/not/there"));
  const id = box.newId();
  const flags = ["--log", log, "--log-format", "json"];
  const created = box.call([...flags, "create", "--bundle", bundle, id]);
  const result = created.status === 0 ? box.call([...flags, "start", id]) : created;
  assert.equal(result.status, 1);
  const last = JSON.parse(box.read(log).trimEnd().split("\n").at(-1) ?? "") as Record<string, string>;
  assert.equal(last["level"], "error");
  assert.match(last["msg"] ?? "", noSuchFile);
  assert.match(last["time"] ?? "", /^\d{4}-\d\d-\d\dT/);
});

it("create ends when the console socket is taken and closed by the other side", async (box) => {
  const path = join(box.directory, "console.sock");
  const server = createServer((socket) => socket.destroy()).listen(path);
  const bundle = box.bundle((config) => {
    config.process.terminal = true;
  });
  const { signal } = await box.start(["create", "--bundle", bundle, "--console-socket", path, box.newId()])
    .ended;
  server.close();
  assert.equal(signal, null, "create hung");
});
