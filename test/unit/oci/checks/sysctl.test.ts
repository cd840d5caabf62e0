import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "../../../helpers/documents.ts";

const hostWide = "belongs to no namespace: setting it would change the host";
const noName = "not a name of a kernel parameter";

function withSysctl(
  name: string,
  namespaces: readonly string[] = ["mount", "uts", "ipc", "network", "user"],
) {
  const uidMappings = [{ containerID: 0, hostID: 0, size: 1 }];
  return {
    hostname: undefined,
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      ...(namespaces.includes("user") ? { uidMappings, gidMappings: uidMappings } : {}),
      sysctl: { [name]: "1" },
    },
  };
}

const inNamespace: readonly [name: string, type: string][] = [
  ["kernel.shm_rmid_forced", "ipc"],
  ["kernel/sem", "ipc"],
  ["fs.mqueue.msg_max", "ipc"],
  ["net.ipv4.ip_forward", "network"],
  ["net/ipv4/conf/eth0.1/rp_filter", "network"],
  ["user.max_user_namespaces", "user"],
  ["kernel.domainname", "uts"],
];

for (const [name, type] of inNamespace) {
  test(`checkSysctl() takes ${name} with a ${type} namespace alone`, () => {
    assert.deepEqual(faults(withSysctl(name)), []);
    const others = ["mount", "uts", "ipc", "network", "user"].filter((other) => other !== type);
    const pointer = `/linux/sysctl/${name.replaceAll("/", "~1")}`;
    assert.deepEqual(faults(withSysctl(name, others)), [
      `${pointer}: needs a ${type} namespace in /linux/namespaces`,
    ]);
  });
}

const refused: readonly [name: string, message: string][] = [
  ["kernel.hostname", "use /hostname instead"],
  ["kernel.core_pattern", hostWide],
  ["vm.swappiness", hostWide],
  ["fs.mqueue", hostWide],
  ["net", hostWide],
  ["kernel.sem.x", hostWide],
  ["", noName],
  ["net..core", noName],
  ["net/../kernel/core_pattern", noName],
  ["net./../kernel", noName],
];

for (const [name, message] of refused) {
  test(`checkSysctl() refuses ${JSON.stringify(name)}`, () => {
    assert.deepEqual(faults(withSysctl(name)), [`/linux/sysctl/${name.replaceAll("/", "~1")}: ${message}`]);
  });
}
