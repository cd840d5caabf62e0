// Containers as systemd's scopes. The tests that every manager passes are in manager.test.ts.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { cgroupDriver, cgroupMode, cgroupOf, hasSystemd } from "../../helpers/cgroups.ts";
import type { Config } from "../../helpers/config.ts";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { RootlessSandbox } from "../../helpers/rootless.ts";
import { runtimeName } from "../../helpers/runtime.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { until } from "../../helpers/wait.ts";

leaveNothing();

const MiB = 2 ** 20;

/** Whether the runtime under test drives systemd; else the test is skipped. */
function drivesSystemd(t: TestContext): boolean {
  return skipUnless(t, hasSystemd, "systemd") && skipUnless(t, cgroupDriver === "systemd", "systemdDriver");
}

function systemctl(...args: readonly string[]): string {
  const { stdout } = spawnSync("systemctl", args, { encoding: "utf8" });
  return stdout.trimEnd();
}

/** What systemd knows of a unit, by property. */
function show(unit: string, ...properties: readonly string[]): Record<string, string> {
  const lines = systemctl("show", unit, ...properties.map((name) => `--property=${name}`)).split("\n");
  return Object.fromEntries(lines.map((line) => [line.split("=", 1)[0] ?? "", line.replace(/^[^=]*=/, "")]));
}

/** "not-found" where systemd has no such unit. */
function loadState(unit: string): string {
  return show(unit, "LoadState")["LoadState"] ?? "";
}

/** Puts the container of a test into a unit of the test's own. @returns the unit's name */
function place(config: Config, box: Sandbox, slice = "system.slice"): string {
  const name = box.newId();
  config.linux.cgroupsPath = `${slice}:test:${name}`;
  return `test-${name}.scope`;
}

/** A container that runs, and its unit. */
function running(box: Sandbox, adjust: (config: Config) => void = () => {}, slice?: string) {
  let unit = "";
  const id = box.running((config) => {
    unit = place(config, box, slice);
    adjust(config);
  });
  return { id, unit };
}

it("a host without systemd is told from one with it", (box, t) => {
  if (!skipUnless(t, !hasSystemd, "noSystemd")) return;
  const message = box.fail(["--systemd-cgroup", "run", "--bundle", box.bundle(), box.newId()]);
  assert.match(message, /systemd not running on this host, cannot use systemd cgroups manager/);
});

it("a container is a scope with its limits in its slice", (box, t) => {
  if (!drivesSystemd(t)) return;
  const { id, unit } = running(box, ({ linux }) => {
    linux.resources = {
      memory: { limit: 32 * MiB, reservation: 16 * MiB },
      pids: { limit: 20 },
      cpu: { shares: 512, quota: 20_000, period: 100_000 },
    };
  });
  const properties = {
    ActiveState: "active",
    Slice: "system.slice",
    Delegate: "yes",
    DefaultDependencies: "no",
    MemoryAccounting: "yes",
    TasksAccounting: "yes",
    TasksMax: "20",
    CPUQuotaPerSecUSec: "200ms",
    DevicePolicy: "strict",
    ...(cgroupMode === "v2"
      ? { MemoryMax: String(32 * MiB), MemoryLow: String(16 * MiB), CPUWeight: "59" }
      : {}),
  };
  assert.deepEqual(show(unit, ...Object.keys(properties)), properties);
  assert.match(show(unit, "Description")["Description"] ?? "", /^libcontainer container /);
  assert.ok(cgroupOf(box, id, "pids").endsWith(`/system.slice/${unit}`));
  box.succeed(["delete", "--force", id]);
  assert.equal(loadState(unit), "not-found");
});

it("a slice lies in those that its name says", (box, t) => {
  if (!drivesSystemd(t)) return;
  const { id, unit } = running(box, undefined, "tsruntest-inner.slice");
  assert.ok(cgroupOf(box, id, "pids").endsWith(`/tsruntest.slice/tsruntest-inner.slice/${unit}`));
  box.succeed(["delete", "--force", id]);
  systemctl("stop", "tsruntest-inner.slice", "tsruntest.slice");
});

it("annotations set properties of the unit", (box, t) => {
  if (!drivesSystemd(t)) return;
  const { unit } = running(box, (config) => {
    config.annotations = {
      "org.systemd.property.TimeoutStopSec": "7",
      "org.systemd.property.KillSignal": "15",
      "org.systemd.property.Description": "'the container of a test'",
    };
  });
  const wanted = { TimeoutStopUSec: "7s", KillSignal: "15", Description: "the container of a test" };
  assert.deepEqual(show(unit, ...Object.keys(wanted)), wanted);
});

it("a cgroupsPath for other drivers is refused", (box, t) => {
  if (!drivesSystemd(t)) return;
  const bundle = box.bundle(({ linux }) => {
    linux.cgroupsPath = "/some/path";
  });
  const message = box.fail(["run", "--bundle", bundle, box.newId()]);
  assert.match(
    message,
    /expected cgroupsPath to be of format .*slice:prefix:name.* for systemd cgroups, got .*\/some\/path/,
  );
});

it("a unit of the same name in another slice is left alone", (box, t) => {
  if (!drivesSystemd(t)) return;
  const { unit } = running(box);
  const name = unit.replace(/^test-|\.scope$/g, "");
  const bundle = box.bundle(({ linux }) => {
    linux.cgroupsPath = `tsruntest.slice:test:${name}`;
  });
  const message = box.fail(["run", "--bundle", bundle, box.newId()]);
  assert.match(message, /UnitExists|already (exists|loaded)/);
  // One that was told to stop is at least stopping.
  assert.equal(show(unit, "ActiveState")["ActiveState"], "active");
  systemctl("stop", "tsruntest.slice");
});

it("a failed unit of the same name makes way", (box, t) => {
  if (!drivesSystemd(t)) return;
  let unit = "";
  const bundle = box.bundle((config) => {
    unit = place(config, box);
    config.process.args = ["/bin/true"];
  });
  spawnSync("systemd-run", ["--quiet", "--scope", `--unit=${unit}`, "-p", "RuntimeMaxSec=1", "sleep", "60"]);
  until(`${unit} to fail`, () => show(unit, "ActiveState")["ActiveState"] === "failed");
  box.succeed(["run", "--bundle", bundle, box.newId()]);
  assert.equal(loadState(unit), "not-found");
});

it("a unit of somebody else's keeps its name and its processes", (box, t) => {
  if (!drivesSystemd(t)) return;
  let unit = "";
  const bundle = box.bundle((config) => {
    unit = place(config, box);
  });
  spawnSync("sh", ["-c", `systemd-run --quiet --scope --unit=${unit} sleep 1000 >/dev/null 2>&1 &`]);
  until(`${unit} to run`, () => show(unit, "ActiveState")["ActiveState"] === "active");
  try {
    assert.match(box.fail(["run", "--bundle", bundle, box.newId()]), /not empty|already/);
    assert.equal(show(unit, "ActiveState")["ActiveState"], "active");
  } finally {
    systemctl("stop", unit);
  }
});

it("a container that could not be made leaves no unit", (box, t) => {
  if (!drivesSystemd(t)) return;
  const faults: readonly ((config: Config) => void)[] = [
    ({ process }) => {
      process.args = ["/nope"];
    },
    ({ linux }) => {
      linux.resources = { unified: { "memory.nope": "1" } };
    },
    (config) => {
      config.hooks = { createRuntime: [{ path: "/bin/false" }] };
    },
  ];
  for (const fault of faults) {
    let unit = "";
    const bundle = box.bundle((config) => {
      unit = place(config, box);
      fault(config);
    });
    box.fail(["run", "--bundle", bundle, box.newId()]);
    assert.equal(loadState(unit), "not-found");
  }
});

it("delete --force removes what a create that was killed has made", (box, t) => {
  if (!drivesSystemd(t)) return;
  let unit = "";
  const bundle = box.bundle((config) => {
    unit = place(config, box);
  });
  // Every call once takes minutes in a slow VM; together the deaths lie between any two steps.
  for (let n = 1; n < 2000; n += 9) {
    const struck = join(box.directory, `struck-${n}`);
    const id = box.newId();
    const env = { TSRUN_DIE_AT: String(n), TSRUN_FAULT_MARK: struck };
    box.call(["create", "--bundle", bundle, id], { executable: resolve("build/tsrun-faults"), env });
    box.succeed(["delete", "--force", id]);
    assert.equal(loadState(unit), "not-found", `killed at call ${n}`);
    if (!existsSync(struck)) return;
  }
  assert.fail("a create does not end");
});

it("a container is deleted whose scope was stopped", (box, t) => {
  if (!drivesSystemd(t)) return;
  const { id, unit } = running(box, (config) => {
    // Its first process has no ear for SIGTERM.
    config.annotations = { "org.systemd.property.TimeoutStopSec": "1" };
  });
  systemctl("stop", unit);
  box.untilStatus(id, "stopped");
  box.succeed(["delete", id]);
  assert.equal(loadState(unit), "not-found");
});

it("update tells systemd, too, and takes all back when one limit is refused", (box, t) => {
  if (!drivesSystemd(t) || !skipUnless(t, cgroupMode === "v2", "cgroupV2")) return;
  const { id, unit } = running(box, ({ linux }) => {
    linux.resources = { memory: { limit: 32 * MiB }, pids: { limit: 20 } };
  });
  const limits = () => [
    ...Object.values(show(unit, "MemoryMax", "TasksMax")),
    ...["memory.max", "pids.max"].map((file) => readFileSync(`${cgroupOf(box, id)}/${file}`, "utf8").trim()),
  ];
  box.succeed(["update", "--memory", String(48 * MiB), "--pids-limit", "30", id]);
  const updated = [String(48 * MiB), "30", String(48 * MiB), "30"];
  assert.deepEqual(limits().sort(), updated.toSorted());
  if (runtimeName !== "tsrun") return;
  const input = JSON.stringify({ memory: { limit: 64 * MiB }, unified: { "memory.nope": "1" } });
  box.fail(["update", "--resources", "-", id], { input });
  assert.deepEqual(limits().sort(), updated.toSorted());
});

/** The user whose systemd runs without a login (loginctl(1), enable-linger). */
function lingering(): { uid: number; gid: number } | undefined {
  const lines = existsSync("/etc/passwd") ? readFileSync("/etc/passwd", "utf8").split("\n") : [];
  for (const line of lines) {
    const [, , uid, gid] = line.split(":").map(Number);
    if (uid && gid && uid >= 1000 && existsSync(`/run/user/${uid}/systemd/private`)) return { uid, gid };
  }
  return undefined;
}

it("an ordinary user's container is a scope of the user's own systemd", (box, t) => {
  if (!drivesSystemd(t)) return;
  const user = lingering();
  if (!skipUnless(t, user !== undefined && cgroupMode === "v2", "usersSystemd") || user === undefined) return;
  const env = { XDG_RUNTIME_DIR: `/run/user/${user.uid}` };
  const rootless = new RootlessSandbox(box, user);
  const id = box.newId();
  const bundle = rootless.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000000"];
    config.linux.resources = { memory: { limit: 32 * MiB } };
  });
  rootless.succeed(["run", "--detach", "--bundle", bundle, id], { env });
  try {
    const cgroup = cgroupOf(box, id);
    assert.match(cgroup, new RegExp(`/user@${user.uid}\\.service/user\\.slice/runc-${id}\\.scope$`));
    assert.equal(readFileSync(`${cgroup}/memory.max`, "utf8").trim(), String(32 * MiB));
    rootless.succeed(["exec", id, "/bin/true"], { env });
  } finally {
    rootless.succeed(["delete", "--force", id], { env });
    spawnSync("systemctl", ["--user", "stop", "user.slice"], { ...user, env: { ...process.env, ...env } });
  }
});

it("a user without a systemd is told how to get one", (box, t) => {
  if (!drivesSystemd(t) || !skipUnless(t, cgroupMode === "v2", "cgroupV2")) return;
  const rootless = new RootlessSandbox(box);
  const env = { XDG_RUNTIME_DIR: box.directory };
  const message = rootless.fail(["run", "--bundle", rootless.bundle(), box.newId()], { env });
  assert.match(message, runtimeName === "tsrun" ? /loginctl enable-linger/ : /dbus/);
});
