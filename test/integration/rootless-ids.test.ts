// Containers of an ordinary user with more ids than its own: newuidmap and newgidmap write the maps.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after } from "node:test";
import type { Config, IdMapping } from "../helpers/config.ts";
import { it as inSandbox } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { RootlessSandbox } from "../helpers/rootless.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

/** The ids that the account may map beside its own. */
const first = 3_000_000_000;
const count = 65_536;

function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

/** An account for these tests alone. */
const name = `tsrun-test-${process.pid}`;
run("useradd", "--system", "--no-create-home", "--user-group", name);
after(() => run("userdel", name));
const range = `${first}-${first + count - 1}`;
run("usermod", "--add-subuids", range, "--add-subgids", range, name);
const account = { uid: Number(run("id", "-u", name)), gid: Number(run("id", "-g", name)) };

/** A test with an ordinary user in a sandbox. */
function it(title: string, body: (user: RootlessSandbox) => void): void {
  inSandbox(title, (box: Sandbox) => body(new RootlessSandbox(box, account)));
}

/** Root is the user, the other ids are from its ranges. */
function mapRanges({ linux }: Config, from = first): void {
  const ranges = (own: number): IdMapping[] => [
    { containerID: 0, hostID: own, size: 1 },
    { containerID: 1, hostID: from, size: count },
  ];
  linux.uidMappings = ranges(account.uid);
  linux.gidMappings = ranges(account.gid);
}

it("rootless: newuidmap and newgidmap map the ids of /etc/subuid and /etc/subgid", (user) => {
  const seen = user.output("cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups", mapRanges);
  const map = (own: number) => ["0", String(own), "1", "1", String(first), String(count)];
  assert.deepEqual(seen.trim().split(/\s+/), [...map(account.uid), ...map(account.gid), "allow"]);
});

it("rootless: with mapped ids there are other users, and additional groups", (user) => {
  const result = user.run((config) => {
    mapRanges(config);
    config.process.user = { uid: 1000, gid: 1001, additionalGids: [7, 65_536] };
    config.process.args = ["/bin/sh", "-c", "id -u; id -g; id -G"];
  });
  assert.equal(result.stdout, "1000\n1001\n1001 7 65536\n", result.stderr);
});

it("rootless: with mapped ids files can be given away, and the terminals' group has its id", (user) => {
  const seen = user.output("touch /tmp/x; chown 33:44 /tmp/x; stat -c %u:%g /tmp/x", (config) => {
    mapRanges(config);
    const capabilities = ["CAP_CHOWN"];
    config.process.capabilities = {
      bounding: capabilities,
      effective: capabilities,
      permitted: capabilities,
    };
    config.mounts.push({ destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=1777"] });
    for (const mount of config.mounts) if (mount.type === "devpts") mount.options?.push("gid=5");
  });
  assert.equal(seen, "33:44\n");
});

it("rootless: newuidmap's refusal says which line /etc/subuid lacks", (user) => {
  const result = user.run((config) => mapRanges(config, first + 1));
  assert.notEqual(result.status, 0);
  assert.match(result.stderr, new RegExp(`add to /etc/subuid: ${name}:${first + 1}:${count}`));
  assert.match(result.stderr, /\/linux\/uidMappings/);
});

it("rootless: newuidmap that is not installed is named, with its package", (user) => {
  const result = user.run((config) => mapRanges(config), { env: { PATH: user.box.folder("empty") } });
  assert.notEqual(result.status, 0);
  assert.match(result.stderr, /install newuidmap \(package uidmap/);
});
