// SCMP_ACT_NOTIFY, with an agent that answers from outside.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { type Config, mapUsers, type Seccomp, setNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { RootlessSandbox } from "../helpers/rootless.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { asking, SeccompAgent, underListener } from "../helpers/seccomp-agent/seccomp-agent.ts";

leaveNothing();

const mkdir = ["mkdir", "mkdirat"];

/** Creates what tries to make a directory and says what came of it, and leaves the start to the test. */
function createMaker(box: Sandbox, seccomp: Seccomp, adjust: (config: Config) => void = () => {}) {
  const script = "mkdir /tmp/made 2>&1 && echo made; test -d /tmp/made && echo there; true";
  return box.create(["/bin/sh", "-c", script], (config) => {
    config.linux.seccomp = seccomp;
    config.mounts.push({ destination: "/tmp", type: "tmpfs", source: "tmpfs" });
    adjust(config);
  });
}

/** Runs such a container under a profile that asks the agent, to its end. @returns what it has printed */
function make(box: Sandbox, agent: SeccompAgent, adjust: (config: Config) => void = () => {}): string {
  const { id, output } = createMaker(box, asking(agent, mkdir), adjust);
  box.succeed(["start", id]);
  box.untilStatus(id, "stopped");
  return output();
}

it("an agent gets the listener and the container process state before create ends", (box) => {
  using agent = new SeccompAgent(box.directory);
  const seccomp = { ...asking(agent, mkdir), listenerMetadata: 'for "you"' };
  const { id } = createMaker(box, seccomp);
  // No waiting: it is in the agent's socket by now.
  const { pid, bundle } = box.state(id);
  const sent = agent.state();
  assert.match(sent.ociVersion, /^1\./);
  assert.deepEqual(sent.fds, ["seccompFd"]);
  assert.equal(sent.pid, pid);
  assert.equal(sent.metadata, 'for "you"');
  assert.match(sent.state.ociVersion, /^1\./);
  assert.deepEqual([sent.state.id, sent.state.pid, sent.state.bundle], [id, pid, bundle]);
  assert.equal(sent.state.status, "creating");
  agent.until(/^descriptors 1$/);
  // One message a connection, which is closed behind it.
  agent.until(/^rest 0$/);
});

it("an agent's answer is what its call returns", (box) => {
  for (const [answer, expected] of [
    ["mkdir=errno:13", /^mkdir: .*Permission denied\n$/],
    ["mkdir=value:0", /^made\n$/],
    ["mkdir=continue", /^made\nthere\n$/],
  ] as const) {
    using agent = new SeccompAgent(box.directory, answer);
    assert.match(make(box, agent), expected, answer);
    agent.until(/^end$/);
    assert.deepEqual(agent.asked, ["mkdir"], answer);
  }
});

it("an agent is asked about the execve that begins the program", (box) => {
  using agent = new SeccompAgent(box.directory);
  const { id } = createMaker(box, asking(agent, ["execve"]));
  assert.deepEqual(agent.asked, []);
  box.succeed(["start", id]);
  assert.equal(agent.asked[0], "execve");
});

it("start reports the errno by which an agent refuses the program", (box) => {
  using agent = new SeccompAgent(box.directory, "execve=errno:13");
  const { id } = createMaker(box, asking(agent, ["execve"]));
  assert.match(box.fail(["start", id]), /permission denied/);
  box.untilStatus(id, "stopped");
});

for (const [what, adjust] of Object.entries<(config: Config) => void>({
  "with no_new_privs": (config) => {
    config.process.noNewPrivileges = true;
  },
  "without no_new_privs and capabilities": (config) => {
    config.process.noNewPrivileges = false;
    config.process.capabilities = {};
  },
  "of another user": (config) => {
    config.process.noNewPrivileges = false;
    config.process.user = { uid: 1000, gid: 1000 };
    config.mounts.push({ destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=1777"] });
  },
  "in a user namespace": (config) => mapUsers(config, 100_000, 65_536),
})) {
  it(`an agent answers a container ${what}`, (box) => {
    using agent = new SeccompAgent(box.directory, "mkdir=errno:13");
    assert.match(make(box, agent, adjust), /Permission denied/);
  });
}

it("an agent answers a container in joined namespaces", (box) => {
  const other = box.state(box.running()).pid;
  using agent = new SeccompAgent(box.directory, "mkdir=errno:13");
  const output = make(box, agent, (config) => {
    for (const type of ["pid", "network", "ipc"]) {
      setNamespace(config, type, `/proc/${other}/ns/${type === "network" ? "net" : type}`);
    }
  });
  assert.match(output, /Permission denied/);
});

it("an agent answers a container whose linux.resources.pids.limit is 1", (box) => {
  using agent = new SeccompAgent(box.directory, "mkdir=errno:13");
  const { stderr } = box.run((config) => {
    config.process.args = ["/bin/mkdir", "/dev/shm/made"];
    config.linux.seccomp = asking(agent, mkdir);
    config.linux.resources = { ...config.linux.resources, pids: { limit: 1 } };
  });
  assert.match(stderr, /^mkdir: .*Permission denied$/m);
});

it("an agent answers a container of an ordinary user", (box) => {
  const rootless = new RootlessSandbox(box);
  using agent = new SeccompAgent(box.directory, "mkdir=errno:13");
  rootless.give(agent.path);
  const output = rootless.output("mkdir /dev/made 2>&1; true", (config) => {
    config.linux.seccomp = asking(agent, mkdir);
  });
  assert.match(output, /Permission denied/);
  assert.deepEqual(agent.state().fds, ["seccompFd"]);
});

it("flags TSYNC and WAIT_KILLABLE_RECV go with a listener", (box) => {
  using agent = new SeccompAgent(box.directory, "mkdir=errno:13");
  const flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"];
  const { id, output } = createMaker(box, { ...asking(agent, mkdir), flags });
  box.succeed(["start", id]);
  box.untilStatus(id, "stopped");
  assert.match(output(), /Permission denied/);
});

it("an agent may be asked about write, and about every call", (box) => {
  for (const ask of [
    (agent: SeccompAgent) => asking(agent, ["write"]),
    (agent: SeccompAgent) => ({ defaultAction: "SCMP_ACT_NOTIFY", listenerPath: agent.path }),
  ]) {
    using agent = new SeccompAgent(box.directory);
    const { id, output } = createMaker(box, ask(agent));
    box.succeed(["start", id]);
    box.untilStatus(id, "stopped");
    assert.equal(output(), "made\nthere\n");
    assert.ok(agent.asked.includes("write"));
  }
});

it("a listener leaves no process and no descriptor in its container", (box) => {
  using agent = new SeccompAgent(box.directory);
  const look = (seccomp?: Seccomp) =>
    box.look(["fds"], (config) => {
      if (seccomp !== undefined) config.linux.seccomp = seccomp;
    });
  assert.deepEqual(look(asking(agent, mkdir)).descriptors(), look().descriptors());
  using second = new SeccompAgent(box.directory);
  const { id } = createMaker(box, asking(second, mkdir));
  assert.deepEqual(JSON.parse(box.succeed(["ps", "--format", "json", id]).stdout), [box.state(id).pid]);
});

it("calls fail with ENOSYS once the agent has gone", (box) => {
  using agent = new SeccompAgent(box.directory, "mkdir=die");
  assert.match(make(box, agent), /Function not implemented/);
  using early = new SeccompAgent(box.directory);
  const { id, output } = createMaker(box, asking(early, mkdir));
  early.until(/^rest/);
  early.kill();
  box.succeed(["start", id]);
  box.untilStatus(id, "stopped");
  assert.match(output(), /Function not implemented/);
});

it("a container that waits for its agent can be killed and deleted", (box) => {
  using agent = new SeccompAgent(box.directory, "mkdir=wait");
  const { id: first } = createMaker(box, asking(agent, mkdir));
  box.succeed(["start", first]);
  agent.until(/^call mkdir/);
  box.succeed(["kill", first, "KILL"]);
  box.untilStatus(first, "stopped");
  box.succeed(["delete", first]);
  using other = new SeccompAgent(box.directory, "mkdir=wait");
  const { id } = createMaker(box, asking(other, mkdir));
  box.succeed(["start", id]);
  other.until(/^call mkdir/);
  box.succeed(["delete", "--force", id]);
});

it("create names the agent's socket when nobody is there, and leaves nothing", (box) => {
  const [missing, file] = [`${box.directory}/missing.sock`, `${box.directory}/file`];
  writeFileSync(file, "");
  using stale = new SeccompAgent(box.directory);
  stale.kill();
  assert.ok(existsSync(stale.path));
  for (const path of [missing, file, stale.path]) {
    const bundle = box.bundle((config) => {
      config.linux.seccomp = asking({ path }, mkdir);
    });
    const line = box.fail(["create", "--bundle", bundle, box.newId()]);
    assert.ok(line.includes(path), line);
    box.assertEmpty();
  }
});

it("create refuses SCMP_ACT_NOTIFY without listenerPath", (box) => {
  const bundle = box.bundle((config) => {
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_NOTIFY" }],
    };
  });
  const line = box.fail(["create", "--bundle", bundle, box.newId()]);
  assert.match(line, /\/linux\/seccomp\/syscalls\/0\/action.*listenerPath/);
  box.assertEmpty();
});

it("create says that a runtime under a listener of its own cannot make another", (box) => {
  using agent = new SeccompAgent(box.directory);
  const bundle = box.bundle((config) => {
    config.linux.seccomp = asking(agent, mkdir);
  });
  const line = box.fail(["create", "--bundle", bundle, box.newId()], { through: underListener() });
  assert.match(line, /device or resource busy.*under a filter with a listener/);
  box.assertEmpty();
});

it("create refuses a profile with SCMP_ACT_NOTIFY under which init could not wait", (box) => {
  using agent = new SeccompAgent(box.directory);
  const bundle = box.bundle((config) => {
    const { syscalls = [], ...rest } = asking(agent, mkdir);
    const refuse = { names: ["read"], action: "SCMP_ACT_ERRNO" };
    config.linux.seccomp = { ...rest, syscalls: [...syscalls, refuse] };
  });
  assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), /must allow read/);
  box.assertEmpty();
});

it("listenerPath counts for nothing where nobody is to be asked", (box) => {
  const seen = box.output(["/bin/echo", "here"], (config) => {
    config.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: `${box.directory}/missing.sock` };
  });
  assert.equal(seen, "here\n");
});
