// The runtime in a container of its own making.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { capabilityNames } from "../../src/oci/capabilities.ts";
import { isV1 } from "../helpers/cgroups.ts";
import { type Config, mapUsers, removeNamespace, setNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { RootlessSandbox } from "../helpers/rootless.ts";
import { type Result, runtimePath } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

/** A container in which another can be made: every capability, nothing masked, cgroups that can be written. */
function privilege(config: Config): void {
  const [, own = "0"] = /^CapPrm:\t(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  const names = capabilityNames.filter((_, number) => (BigInt(`0x${own}`) >> BigInt(number)) & 1n);
  config.process.capabilities = { bounding: [...names], effective: [...names], permitted: [...names] };
  config.process.noNewPrivileges = false;
  config.linux.maskedPaths = [];
  config.linux.readonlyPaths = [];
  config.linux.resources = { devices: [{ allow: true, access: "rwm" }] };
  for (const mount of config.mounts) {
    if (mount.type === "cgroup") mount.options = mount.options?.filter((option) => option !== "ro") ?? [];
  }
}

/** The host's libraries, and the runtime, where a container has them. */
const binds: Readonly<Record<string, string>> = {
  "/usr": "/usr",
  "/lib": "/lib",
  "/lib64": "/lib64",
  "/runtime": dirname(runtimePath),
};

/** Lays the runtime and the inner bundle into a container, and has it run that. */
function nest(config: Config, inner: string): void {
  for (const [destination, source] of [...Object.entries(binds), ["/inner", inner]]) {
    config.mounts.push({
      destination: destination ?? "",
      type: "bind",
      source: source ?? "",
      options: ["rbind"],
    });
  }
  config.mounts.push({ destination: "/run", type: "tmpfs", source: "tmpfs", options: ["mode=755"] });
  const runtime = `/runtime/${basename(runtimePath)}`;
  config.process.args = [runtime, "--root", "/run/state", "run", "--bundle", "/inner", "inner"];
  config.process.env = ["PATH=/bin:/usr/bin"];
}

function innerBundle(box: Sandbox, script: string, adjust: (config: Config) => void = () => {}): string {
  return box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", script];
    adjust(config);
  });
}

/** A container's root without privileges could not make them. */
function makePlaces(bundle: string): void {
  for (const path of [...Object.keys(binds), "/inner", "/run"]) mkdirSync(join(bundle, "rootfs", path));
}

/** Runs a bundle in a container in a container. */
function run(box: Sandbox, inner: string, ...adjusts: ((config: Config) => void)[]): Result {
  const bundle = box.bundle((config) => {
    nest(config, inner);
    for (const adjust of adjusts) adjust(config);
  });
  makePlaces(bundle);
  return box.call(["run", "--bundle", bundle, box.newId()]);
}

const facts = "hostname; echo $$; cat /proc/self/uid_map; ls /";

for (const isOwn of [true, false]) {
  const kind = isOwn ? "of its own" : "that is the host's";
  it(`nested: a container in a privileged one with a cgroup namespace ${kind}`, (box) => {
    const inner = innerBundle(
      box,
      `${facts}; cat /sys/fs/cgroup/${isV1 ? "pids/" : ""}pids.max; cat /proc/self/cgroup`,
      (config) => {
        config.hostname = "inner";
        // On v2 the limit is seen where its cgroup is the root.
        if (!isV1) setNamespace(config, "cgroup");
        config.linux.resources = { pids: { limit: 9 } };
      },
    );
    const result = run(box, inner, privilege, (config) => {
      if (isOwn) setNamespace(config, "cgroup");
      else removeNamespace(config, "cgroup");
    });
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stdout, /^inner\n1\n/);
    assert.match(result.stdout, /^9$/m);
    assert.match(result.stdout, isV1 ? /\/inner$/m : /^0::\/$/m);
  });
}

it("nested: a container in one with a user namespace", (box) => {
  const inner = innerBundle(box, facts, (config) => {
    config.hostname = "inner";
    delete config.linux.resources;
  });
  const result = run(box, inner, privilege, (config) => mapUsers(config, 100_000, 65_536));
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /^inner\n1\n\s+0\s+100000\s+65536\n/);
  assert.equal(result.stderr, "");
});

it("nested: a user namespace in one with a user namespace", (box) => {
  const inner = innerBundle(box, facts, (config) => {
    config.hostname = "inner";
    delete config.linux.resources;
    mapUsers(config, 1000, 1000);
  });
  const result = run(box, inner, privilege, (config) => mapUsers(config, 100_000, 65_536));
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /^inner\n1\n\s+0\s+1000\s+1000\n/);
});

const mapped = (config: Config): void => mapUsers(config, 100_000, 65_536);

/** What the default configuration masks, and with it parts of the outer container's /proc. */
function masked(config: Config): void {
  config.linux.maskedPaths = ["/proc/kcore", "/proc/keys"];
}

const withoutLimits = (config: Config): void => {
  delete config.linux.resources;
};

it("nested: a proc that is masked outside cannot be mounted inside a user namespace, and the error says so", (box) => {
  const inner = innerBundle(box, "true", (config) => {
    withoutLimits(config);
    mapUsers(config, 1000, 1000);
  });
  const result = run(box, inner, privilege, mapped, masked);
  assert.notEqual(result.status, 0);
  assert.match(result.stderr, /proc.*operation not permitted/);
  assert.match(result.stderr, /\/proc\/(kcore|keys).* covered/);
});

it("nested: a proc that is masked outside can be bound inside a user namespace", (box) => {
  const inner = innerBundle(box, "head -c 1 /proc/keys | wc -c", (config) => {
    withoutLimits(config);
    mapUsers(config, 1000, 1000);
    config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== "pid");
    for (const mount of config.mounts) {
      if (mount.type === "proc") Object.assign(mount, { type: "bind", source: "/proc", options: ["rbind"] });
    }
  });
  const result = run(box, inner, privilege, mapped, masked);
  assert.equal(result.stdout, "0\n", result.stderr);
});

it("nested: a container in one of an ordinary user", (box) => {
  const user = new RootlessSandbox(box);
  const inner = innerBundle(box, facts, (config) => {
    withoutLimits(config);
    config.hostname = "inner";
    for (const mount of config.mounts)
      mount.options = mount.options?.filter((option) => option !== "gid=5") ?? [];
  });
  const bundle = user.bundle((config) => {
    privilege(config);
    nest(config, inner);
  });
  makePlaces(bundle);
  const result = user.call(["run", "--bundle", bundle, box.newId()]);
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /^inner\n1\n\s+0\s+61234\s+1\n/);
});
