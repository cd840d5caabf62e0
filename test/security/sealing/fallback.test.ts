// Kernels that refuse to seal (PR_SET_MM_MAP): each command starts over from where nobody can write its executable, before it
// has done anything (CVE-2019-5736).
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescriptorReceiver } from "../../helpers/descriptor-receiver.ts";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { OLD_KERNEL } from "../../helpers/old-kernel/wrapper.ts";
import { ordinary, RootlessSandbox } from "../../helpers/rootless.ts";
import type { CallOptions } from "../../helpers/runtime.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { staticProgram } from "../helpers/static-program.ts";

leaveNothing();

const unsealed: CallOptions = { through: [staticProgram("refuse-sealing")] };

it("run works where the kernel refuses to seal", (box) => {
  const result = box.run((config) => {
    config.process.args = ["/bin/echo", "from the container"];
  }, unsealed);
  assert.deepEqual([result.stderr, result.status, result.stdout], ["", 0, "from the container\n"]);
});

it("an entry point that names /proc/self/exe fails where the kernel refuses to seal, too", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/entry"];
  });
  writeFileSync(join(bundle, "rootfs/entry"), "#!/proc/self/exe\n", { mode: 0o755 });
  const result = box.call(["run", "--bundle", bundle, box.newId()], unsealed);
  assert.notEqual(result.status, 0);
});

it("exec, and hooks of create and start, work where the kernel refuses to seal", (box) => {
  const id = box.newId();
  const hook = (name: string) => ({ path: "/bin/sh", args: ["sh", "-c", `echo ${name} >>/hooks`] });
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000"];
    config.root.readonly = false;
    config.hooks = { createContainer: [hook("create")], startContainer: [hook("start")] };
  });
  // The hook of create still has the host's tree around it.
  const host = join(bundle, "rootfs/hooks");
  const config = JSON.parse(readFileSync(join(bundle, "config.json"), "utf8"));
  config.hooks.createContainer[0].args[2] = `echo create >>${host}`;
  writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
  box.succeed(["create", "--bundle", bundle, id], unsealed);
  box.succeed(["start", id], unsealed);
  assert.equal(box.succeed(["exec", id, "/bin/cat", "/hooks"], unsealed).stdout, "create\nstart\n");
});

it("preserved descriptors and a large environment survive where the kernel refuses to seal", (box) => {
  const shared = ["three", "four", "five"].map((text) => {
    const file = join(box.directory, text);
    writeFileSync(file, `${text}\n`);
    return openSync(file, "r");
  });
  const env = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`V${index}`, "x".repeat(120_000)]),
  );
  const flags = ["--preserve-fds", "3"];
  const result = box.run(
    (config) => {
      config.process.args = ["/bin/sh", "-c", "cat <&3; cat <&4; cat <&5"];
    },
    { ...unsealed, flags, env, descriptors: shared },
  );
  shared.forEach(closeSync);
  assert.equal(result.stderr, "");
  assert.equal(result.stdout, "three\nfour\nfive\n");
});

it("rootless run and exec work where the kernel refuses to seal", (box) => {
  const user = new RootlessSandbox(box, { ...ordinary, ...unsealed });
  const id = user.create(["/bin/sleep", "1000"]);
  user.succeed(["start", id]);
  assert.equal(user.succeed(["exec", id, "/bin/echo", "inside"]).stdout, "inside\n");
});

it("the console socket is connected to once where the kernel refuses to seal", (box) => {
  using receiver = new DescriptorReceiver(join(box.directory, "console"), 5);
  const bundle = box.bundle((config) => {
    config.process.terminal = true;
  });
  box.succeed(["create", "--bundle", bundle, "--console-socket", receiver.path, box.newId()], unsealed);
  receiver.receive().descriptor[Symbol.dispose]();
  assert.equal(receiver.pending, false);
});

it("a warning is printed once where the kernel refuses to seal", (box) => {
  const { stderr } = box.run((config) => {
    config.process.args = ["/bin/true"];
    config.process.capabilities?.bounding?.push("CAP_OF_TOMORROW");
  }, unsealed);
  assert.equal(stderr.trim().split("\n").length, 1, stderr);
  assert.match(stderr, /CAP_OF_TOMORROW/);
});

it("exec reads a process that can be read once where the kernel refuses to seal", (box) => {
  const [text, fifo] = [join(box.directory, "text"), join(box.directory, "fifo")];
  const program = { args: ["/bin/echo", "once"], cwd: "/", env: [], user: { uid: 0, gid: 0 } };
  writeFileSync(text, JSON.stringify(program));
  execFileSync("mkfifo", [fifo]);
  const writer = spawn("sh", ["-c", `cat ${text} >${fifo}`]);
  const result = box.call(["exec", "--process", fifo, box.running()], unsealed);
  writer.kill();
  assert.deepEqual([result.status, result.stdout], [0, "once\n"], result.stderr);
});

for (const scope of [1, 2]) {
  it(`run works where memory is not executable (vm.memfd_noexec=${scope})`, (box, t) => {
    // A kernel without open_tree(2) has no such parameter either: there would be no way left.
    const isThere = existsSync("/proc/sys/vm/memfd_noexec") && process.env[OLD_KERNEL] === undefined;
    if (!skipUnless(t, isThere, "memfdNoexec")) return;
    // The parameter is the pid namespace's own.
    const script = `echo ${scope} >/proc/sys/vm/memfd_noexec && exec "$@"`;
    const through = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "sh", "-c", script, "sh"];
    const result = box.run(
      (config) => {
        config.process.args = ["/bin/echo", "from the container"];
      },
      { through },
    );
    assert.deepEqual([result.stderr, result.status, result.stdout], ["", 0, "from the container\n"]);
  });
}
