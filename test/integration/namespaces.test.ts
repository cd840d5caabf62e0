import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mapUsers, removeNamespace, setNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

/** The types by their name in config.json and their name under /proc/PID/ns. */
const types = [
  ["pid", "pid"],
  ["network", "net"],
  ["ipc", "ipc"],
  ["uts", "uts"],
  ["mount", "mnt"],
  ["cgroup", "cgroup"],
] as const;

const hostNamespace = (link: string) => readlinkSync(`/proc/self/ns/${link}`);

/** What unshare(1) calls a type, and the link that leads to the namespace it makes. */
const made: Readonly<Record<string, readonly [flags: string[], link: string]>> = {
  network: [["--net"], "net"],
  mount: [["--mount"], "mnt"],
  // Only a child is inside, and it must live for the namespace to be joined.
  pid: [["--pid", "--fork", "--kill-child"], "pid_for_children"],
};

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

for (const [type, link] of types) {
  it(`a ${type} namespace is the container's own`, (box) => {
    const seen = box.look(["namespaces"], (config) => setNamespace(config, type));
    assert.match(seen.value(`namespace.${link}`), new RegExp(`^${link}:\\[\\d+\\]$`));
    assert.notEqual(seen.value(`namespace.${link}`), hostNamespace(link));
  });

  it(`a ${type} namespace is joined by its path`, (box) => {
    const [flags, target] = made[type] ?? [[`--${type}`], link];
    const holder = spawn("unshare", [...flags, "sleep", "1000000"], { stdio: "ignore" });
    const path = `/proc/${holder.pid}/ns/${target}`;
    try {
      until("the namespace to be there", () => ![undefined, hostNamespace(link)].includes(linkOf(path)));
      const seen = box.look(["namespaces"], (config) => setNamespace(config, type, path));
      assert.equal(seen.value(`namespace.${link}`), readlinkSync(path));
    } finally {
      holder.kill("SIGKILL");
    }
  });
}

for (const [type, link] of types.filter(([name]) => name !== "mount")) {
  it(`without a ${type} namespace the container shares the runtime's`, (box) => {
    const seen = box.look(["namespaces"], (config) => {
      removeNamespace(config, type);
      if (type === "uts") {
        delete config.hostname;
      }
      if (type === "network") {
        // A new sysfs needs a network namespace of one's own.
        config.mounts = config.mounts.filter((mount) => mount.type !== "sysfs" && mount.type !== "cgroup");
      }
    });
    assert.equal(seen.value(`namespace.${link}`), hostNamespace(link));
  });
}

it("a user namespace has the mappings of config.json", (box) => {
  const seen = box.look(["namespaces", "status"], (config) => {
    setNamespace(config, "user");
    config.linux.uidMappings = [
      { containerID: 0, hostID: 100_000, size: 1000 },
      { containerID: 1000, hostID: 300_000, size: 5 },
    ];
    config.linux.gidMappings = [{ containerID: 0, hostID: 200_000, size: 2000 }];
    config.process.user = { uid: 1003, gid: 7, additionalGids: [8, 9] };
  });
  assert.notEqual(seen.value("namespace.user"), hostNamespace("user"));
  assert.equal(seen.value("status.Uid"), "1003\t1003\t1003\t1003");
  assert.equal(seen.value("status.Gid"), "7\t7\t7\t7");
  assert.equal(seen.value("status.Groups").trim(), "8 9");
});

it("a user namespace's root is the mapped user outside", (box) => {
  const id = box.running((config) => mapUsers(config, 100_000, 65_536));
  const { pid } = box.state(id);
  const numbers = (file: string) =>
    readFileSync(`/proc/${pid}/${file}`, "utf8").trim().split(/\s+/).map(Number);
  assert.deepEqual(numbers("uid_map"), [0, 100_000, 65_536]);
  assert.deepEqual(numbers("gid_map"), [0, 100_000, 65_536]);
  assert.match(readFileSync(`/proc/${pid}/status`, "utf8"), /^Uid:\t100000\t100000\t100000\t100000$/m);
});

it("a user namespace is joined by its path", (box) => {
  const holder = box.state(box.running((config) => mapUsers(config, 100_000, 65_536)));
  const path = `/proc/${holder.pid}/ns/user`;
  const seen = box.look(["namespaces", "status"], (config) => setNamespace(config, "user", path));
  assert.equal(seen.value("namespace.user"), readlinkSync(path));
  assert.equal(seen.value("status.Uid"), "0\t0\t0\t0");
});

it("a namespace is joined by a container whose linux.resources.pids.limit is 1", (box) => {
  const path = `/proc/${box.state(box.running()).pid}/ns/ipc`;
  const { stdout, stderr } = box.run((config) => {
    config.process.args = ["/bin/sh", "-c", "echo here; (echo forked); true"];
    setNamespace(config, "ipc", path);
    config.linux.resources = { ...config.linux.resources, pids: { limit: 1 } };
  });
  assert.equal(stdout, "here\n", stderr);
  assert.match(stderr, /can't fork/);
});

it("a container in a user namespace owns its other namespaces", (box) => {
  // Setting the host name needs CAP_SYS_ADMIN in the user namespace that owns the uts namespace.
  const seen = box.output(["/bin/sh", "-c", "hostname changed && hostname"], (config) => {
    mapUsers(config, 100_000, 65_536);
    for (const set of ["bounding", "effective", "permitted"] as const) {
      config.process.capabilities = { ...config.process.capabilities, [set]: ["CAP_SYS_ADMIN"] };
    }
    config.process.capabilities = { ...config.process.capabilities, ambient: [], inheritable: [] };
  });
  assert.equal(seen, "changed\n");
});

it("a time namespace has the offsets of config.json", (box) => {
  const seen = box.output(["/bin/cat", "/proc/self/timens_offsets"], (config) => {
    setNamespace(config, "time");
    config.linux.timeOffsets = {
      boottime: { secs: 1_000_000, nanosecs: 5 },
      monotonic: { secs: 2_000_000, nanosecs: 7 },
    };
  });
  assert.deepEqual(
    seen
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/)),
    [
      ["monotonic", "2000000", "7"],
      ["boottime", "1000000", "5"],
    ],
  );
});

it("a time namespace is entered, not only made for children", (box) => {
  const uptime = box.output(["/bin/cat", "/proc/uptime"], (config) => {
    setNamespace(config, "time");
    config.linux.timeOffsets = { boottime: { secs: 1_000_000_000 } };
  });
  assert.ok(Number.parseFloat(uptime) > 1_000_000_000, uptime);
});

it("create names the place of clocks that a time namespace cannot have", (box) => {
  const bundle = box.bundle((config) => {
    setNamespace(config, "time");
    config.linux.timeOffsets = { boottime: { secs: -1_000_000_000_000 } };
  });
  assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), /out of range.*\/linux\/timeOffsets/);
  assert.deepEqual(box.containers(), []);
});

it("the container is process 1 of its pid namespace and sees no other's", (box) => {
  const seen = box.output(["/bin/sh", "-c", "echo $$; echo /proc/[0-9]*"]);
  assert.equal(seen, "1\n/proc/1\n");
});

it("the container's network namespace has a loopback interface that is up, and no other's interfaces", (box) => {
  const seen = box.output(["/bin/sh", "-c", "ip -o link show"]);
  assert.match(seen, /^1: lo: <[^>]*\bUP\b/);
  assert.ok(
    seen
      .split("\n")
      .every(
        (line) =>
          line === "" ||
          /(lo|tunl0|sit0|ip6tnl0|gre0|gretap0|erspan0|ip_vti0|ip6_vti0|ip6gre0)[:@]/.test(line),
      ),
    seen,
  );
});

it("host name and domain name are set in the container alone", (box) => {
  const hostname = readFileSync("/proc/sys/kernel/hostname", "utf8");
  const domainname = readFileSync("/proc/sys/kernel/domainname", "utf8");
  const seen = box.look(["names"], (config) => {
    config.hostname = "inside";
    config.domainname = "example.org";
  });
  assert.equal(seen.value("name.host"), "inside");
  assert.equal(seen.value("name.domain"), "example.org");
  assert.equal(readFileSync("/proc/sys/kernel/hostname", "utf8"), hostname);
  assert.equal(readFileSync("/proc/sys/kernel/domainname", "utf8"), domainname);
});

it("sysctls are set in the container alone", (box) => {
  const read = (name: string) => readFileSync(`/proc/sys/${name}`, "utf8").trim();
  const before = [read("net/ipv4/ip_default_ttl"), read("kernel/shm_rmid_forced"), read("fs/mqueue/msg_max")];
  const files =
    "/proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/shm_rmid_forced /proc/sys/fs/mqueue/msg_max";
  const seen = box.output(["/bin/sh", "-c", `cat ${files}`], (config) => {
    config.linux.sysctl = {
      "net.ipv4.ip_default_ttl": "77",
      "kernel.shm_rmid_forced": "1",
      "fs.mqueue.msg_max": "33",
    };
  });
  assert.deepEqual(seen.trim().split("\n"), ["77", "1", "33"]);
  assert.deepEqual(
    [read("net/ipv4/ip_default_ttl"), read("kernel/shm_rmid_forced"), read("fs/mqueue/msg_max")],
    before,
  );
});

for (const [what, adjust, words] of [
  ["a host name without a uts namespace", "uts", /uts/i],
  ["a sysctl of the network without a network namespace", "network", /net/i],
  ["a sysctl of ipc without an ipc namespace", "ipc", /ipc/i],
] as const) {
  it(`create refuses ${what}`, (box) => {
    const bundle = box.bundle((config) => {
      removeNamespace(config, adjust);
      config.linux.sysctl = { "net.ipv4.ip_default_ttl": "77", "kernel.shm_rmid_forced": "1" };
      if (adjust === "network") {
        delete config.linux.sysctl["kernel.shm_rmid_forced"];
      } else {
        delete config.linux.sysctl["net.ipv4.ip_default_ttl"];
      }
      if (adjust === "uts") {
        config.linux.sysctl = {};
      }
    });
    assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), words);
  });
}

for (const name of [
  "kernel.hostname",
  "vm.swappiness",
  "fs.file-max",
  "../../etc/passwd",
  "net.ipv4.nothing",
]) {
  it(`create refuses the sysctl ${name}`, (box) => {
    const bundle = box.bundle((config) => {
      config.linux.sysctl = { [name]: "1" };
    });
    box.fail(["create", "--bundle", bundle, box.newId()]);
  });
}

it("create refuses a namespace type that is given twice", (box) => {
  const bundle = box.bundle((config) => {
    config.linux.namespaces.push({ type: "uts" });
  });
  box.fail(["create", "--bundle", bundle, box.newId()]);
});

it("create refuses a path that is not a namespace of its type", (box) => {
  const wrong = [join(box.directory, "absent"), "/proc/self/ns/net", join(box.directory, "plain")];
  writeFileSync(join(box.directory, "plain"), "");
  for (const path of wrong) {
    const bundle = box.bundle((config) => setNamespace(config, "uts", path));
    assert.match(
      box.fail(["create", "--bundle", bundle, box.newId()]),
      /namespace|no such file|invalid argument/,
    );
  }
});
