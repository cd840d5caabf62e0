// What a pod's security context, mounts and devices come to, through containerd's CRI plugin.
import assert from "node:assert/strict";
import { testsOn } from "./helpers/containerd-test.ts";
import { startCri } from "./helpers/cri/engine.ts";
import { handler, type PodContainer } from "./helpers/cri/pods.ts";

const it = testsOn(startCri);
/** What containerd can do since 1.7 or 2.0 only. */
const itSince2 = it.on("forky");

const context = (security_context: object) => ({ linux: { security_context } });
/** A line of /proc/PID/status. */
const field = (container: PodContainer, name: string) =>
  container.says(`sed -n 's/^${name}:\\s*//p' /proc/1/status`);

it("capabilities are added and dropped", async ({ withPod }) => {
  await withPod(async (pod) => {
    const capabilities = { add_capabilities: ["SYS_ADMIN"], drop_capabilities: ["CHOWN", "NET_RAW"] };
    const container = await pod.idle("one", context({ capabilities }));
    const effective = BigInt(`0x${await field(container, "CapEff")}`);
    const has = (capability: bigint) => ((effective >> capability) & 1n) === 1n;
    assert.deepEqual([has(21n), has(0n), has(13n), has(5n)], [true, false, false, true]);
    const none = await pod.idle("none", context({ capabilities: { drop_capabilities: ["ALL"] } }));
    assert.match(await field(none, "CapBnd"), /^0+$/);
  });
});

it("no_new_privs, a read-only root, and paths that are masked or read-only", async ({ withPod }) => {
  await withPod(async (pod) => {
    const config = context({
      no_new_privs: true,
      readonly_rootfs: true,
      masked_paths: ["/proc/timer_list", "/proc/acpi", "/etc/group"],
      readonly_paths: ["/proc/sys", "/root"],
    });
    const container = await pod.idle("one", config);
    assert.equal(await field(container, "NoNewPrivs"), "1");
    assert.match((await container.exec("touch /new")).stderr, /Read-only file system/);
    assert.equal(await container.says("cat /etc/group"), "");
    assert.match(
      (await container.exec("echo 1 >/proc/sys/net/ipv4/ip_forward")).stderr,
      /Read-only file system/,
    );
  });
});

it("a user, a group and additional groups, by number and by name", async ({ withPod }) => {
  await withPod(async (pod) => {
    const byNumber = {
      run_as_user: { value: 1000 },
      run_as_group: { value: 2000 },
      supplemental_groups: [3000],
    };
    const numbers = await pod.idle("numbers", context(byNumber));
    assert.match(await numbers.says("id"), /^uid=1000(\(guest\))? gid=2000 groups=.*3000/);
    const names = await pod.idle("names", context({ run_as_username: "guest" }));
    assert.match(await names.says("id"), /^uid=1000\(guest\) gid=1000\(guest\)/);
  });
});

it("seccomp: the engine's profile, one of the node's, none", async ({ machine, withPod }) => {
  const profile = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28 }],
  };
  machine.write("/var/lib/kubelet/seccomp/profile.json", JSON.stringify(profile));
  await withPod(async (pod) => {
    const seccomp = async (name: string, fields: object) => pod.idle(name, context({ seccomp: fields }));
    const usual = await seccomp("usual", { profile_type: "RuntimeDefault" });
    assert.equal(await field(usual, "Seccomp"), "2");
    assert.match((await usual.exec("unshare -m true")).stderr, /Operation not permitted/);
    const localhost_ref = "/var/lib/kubelet/seccomp/profile.json";
    const own = await seccomp("own", { profile_type: "Localhost", localhost_ref });
    assert.match((await own.exec("mkdir /tmp/x")).stderr, /No space left on device/);
    const none = await seccomp("none", { profile_type: "Unconfined" });
    assert.equal(await field(none, "Seccomp"), "0");
  });
});

it("a privileged container has all capabilities and devices, and writes to /sys", async ({
  machine,
  withPod,
}) => {
  const linux = { security_context: { privileged: true, namespace_options: { pid: "CONTAINER" } } };
  await withPod(
    async (pod) => {
      const container = await pod.idle("one", { linux });
      const { status } = machine.run(["sh", "-c", "test -c /dev/fuse"]);
      assert.equal(status, 0);
      assert.equal(await container.says("ls /dev/fuse"), "/dev/fuse");
      // The mount's own options (proc_pid_mountinfo(5)): by runc 1.1 the pod's first container has made all of sysfs ro.
      assert.match(await container.says("grep ' /sys rw' /proc/self/mountinfo"), /sysfs/);
      const all = await machine.succeed(["sed", "-n", "s/^CapBnd:\\s*//p", "/proc/self/status"]).trim();
      assert.equal(await field(container, "CapEff"), all);
    },
    { linux },
  );
});

it("sysctls of the pod's own namespaces", async ({ withPod }) => {
  const sysctls = { "net.ipv4.ip_unprivileged_port_start": "80", "kernel.msgmax": "10000" };
  await withPod(
    async (pod) => {
      const container = await pod.idle("one");
      const values = "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax";
      assert.equal(await container.says(values), "80\n10000");
    },
    { linux: { sysctls } },
  );
});

it("environment, working directory, devices and the OOM score", async ({ withPod }) => {
  await withPod(async (pod) => {
    const container = await pod.idle("one", {
      envs: [{ key: "NAME", value: "a value" }],
      working_dir: "/made/for/it",
      devices: [{ host_path: "/dev/fuse", container_path: "/dev/another", permissions: "rw" }],
      linux: { resources: { oom_score_adj: 500 } },
    });
    assert.equal(
      await container.says("echo $NAME; pwd; cat /proc/1/oom_score_adj"),
      "a value\n/made/for/it\n500",
    );
    assert.match(await container.says("ls -l /dev/another"), /^crw.* 10, 229 /);
  });
});

it("mounts: read-only, and propagated from the host and to it", async ({ machine, withPod }) => {
  machine.succeed([
    "sh",
    "-c",
    "mkdir -p /srv/v/sub /srv/other; mount --bind /srv/v /srv/v; mount --make-shared /srv/v",
  ]);
  const mount = (container_path: string, fields: object) => ({
    container_path,
    host_path: "/srv/v",
    ...fields,
  });
  await withPod(async (pod) => {
    const container = await pod.idle("one", {
      mounts: [
        mount("/ro", { readonly: true }),
        mount("/slave", { propagation: "PROPAGATION_HOST_TO_CONTAINER" }),
        mount("/shared", { propagation: "PROPAGATION_BIDIRECTIONAL" }),
      ],
      ...context({ capabilities: { add_capabilities: ["SYS_ADMIN"] } }),
    });
    assert.match((await container.exec("touch /ro/file")).stderr, /Read-only file system/);
    await container.says("touch /shared/file; mount -t tmpfs inner /shared/sub; touch /shared/sub/deep");
    assert.equal(
      machine.succeed(["ls", "/srv/v", "/srv/v/sub"]),
      "/srv/v:\nfile\nsub\n\n/srv/v/sub:\ndeep\n",
    );
    assert.equal(await container.says("ls /slave/sub; ls /ro/sub"), "deep");
  });
  machine.succeed(["sh", "-c", "umount /srv/v/sub; umount /srv/v; rm -r /srv/v /srv/other"]);
});

itSince2("the plugin knows what the runtime's features allow", async ({ cri }) => {
  const { runtime_handlers } = await cri.call("Status");
  const own = runtime_handlers.find((each: { name: string }) => each.name === handler);
  assert.deepEqual(own.features, { recursive_read_only_mounts: true, user_namespaces: true });
});

itSince2("a pod with a user namespace", async ({ machine, withPod }) => {
  // Where ext4 is: an overlay, which the machine's root is, takes no mapping.
  machine.succeed([
    "sh",
    "-c",
    "mkdir /var/lib/volume; touch /var/lib/volume/roots; chown 5:6 /var/lib/volume/roots",
  ]);
  const map = [{ host_id: 200_000, container_id: 0, length: 65_536 }];
  const userns_options = { mode: "POD", uids: map, gids: map };
  const linux = { security_context: { namespace_options: { pid: "CONTAINER", userns_options } } };
  await withPod(
    async (pod) => {
      const mounts = [
        { host_path: "/var/lib/volume", container_path: "/v", uidMappings: map, gidMappings: map },
      ];
      const container = await pod.idle("one", { mounts });
      assert.match(await container.says("cat /proc/self/uid_map"), /^ *0 +200000 +65536$/);
      assert.equal(
        await container.says("id -u; stat -c %u:%g /bin /v/roots /etc/resolv.conf"),
        "0\n0:0\n5:6\n0:0",
      );
      await container.says("touch /v/new /new");
      assert.equal(machine.succeed(["stat", "-c", "%u:%g", "/var/lib/volume/new"]), "0:0\n");
      const pid = await container.pid();
      assert.match(machine.read(`/proc/${pid}/status`), /^Uid:\t200000\t/m);
      const another = await pod.idle("two", { mounts });
      const shared = "readlink /proc/self/ns/user; readlink /proc/self/ns/net";
      assert.equal(await another.says(shared), await container.says(shared));
    },
    { linux },
  );
  machine.succeed(["rm", "-r", "/var/lib/volume"]);
});

itSince2("recursive read-only mounts", async ({ machine, withPod }) => {
  machine.succeed(["sh", "-c", "mkdir -p /srv/v/sub; mount -t tmpfs sub /srv/v/sub"]);
  await withPod(async (pod) => {
    const volume = { host_path: "/srv/v", readonly: true };
    const mounts = [
      { ...volume, container_path: "/deep", recursive_read_only: true },
      { ...volume, container_path: "/shallow" },
    ];
    const container = await pod.idle("one", { mounts });
    assert.match((await container.exec("touch /deep/sub/x")).stderr, /Read-only file system/);
    await container.says("touch /shallow/sub/x");
    const { mounts: told } = await container.status();
    assert.deepEqual(
      told.map((each: { recursive_read_only: boolean }) => each.recursive_read_only),
      [true, false],
    );
  });
  machine.succeed(["sh", "-c", "umount /srv/v/sub; rm -r /srv/v"]);
});
