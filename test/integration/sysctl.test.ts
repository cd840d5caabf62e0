import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mapUsers, setNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

const host = (name: string): string => readFileSync(`/proc/sys/${name}`, "utf8").trim();

it("sysctls of a user namespace are set in the container's (user.*)", (box) => {
  const before = host("user/max_net_namespaces");
  const seen = box.output(["/bin/cat", "/proc/sys/user/max_net_namespaces"], (config) => {
    mapUsers(config, 100_000, 65_536);
    config.linux.sysctl = { "user.max_net_namespaces": "7" };
  });
  assert.equal(seen.trim(), "7");
  assert.equal(host("user/max_net_namespaces"), before);
});

it("create refuses a sysctl of users without a user namespace", (box) => {
  const bundle = box.bundle((config) => {
    config.linux.sysctl = { "user.max_net_namespaces": "7" };
  });
  assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), /user.max_net_namespaces|namespace/);
});

for (const name of ["net.ipv4.conf.lo.forwarding", "net/ipv4/conf/lo/forwarding"]) {
  it(`the sysctl ${name} may be spelt with dots and with slashes`, (box) => {
    const seen = box.output(["/bin/cat", "/proc/sys/net/ipv4/conf/lo/forwarding"], (config) => {
      config.linux.sysctl = { [name]: "1" };
    });
    assert.equal(seen.trim(), "1");
  });
}

it("sysctls of the ipc and uts namespaces are the container's (kernel.*)", (box) => {
  const names = ["kernel/sem", "kernel/msgmax", "kernel/shmmni", "kernel/domainname"];
  const before = names.map(host);
  const files = names.map((name) => `/proc/sys/${name}`);
  const seen = box.output(["/bin/cat", ...files], (config) => {
    config.linux.sysctl = {
      "kernel.sem": "250 32000 100 100",
      "kernel/msgmax": "4096",
      "kernel.shmmni": "99",
      "kernel.domainname": "inside",
    };
  });
  assert.deepEqual(seen.trim().split("\n"), ["250\t32000\t100\t100", "4096", "99", "inside"]);
  assert.deepEqual(names.map(host), before);
});

it("create refuses a sysctl of the network where the container joins the runtime's own", (box) => {
  const before = host("net/ipv4/ip_default_ttl");
  const bundle = box.bundle((config) => {
    setNamespace(config, "network", "/proc/self/ns/net");
    config.linux.sysctl = { "net.ipv4.ip_default_ttl": "77" };
  });
  assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), /net\.ipv4\.ip_default_ttl/);
  assert.equal(host("net/ipv4/ip_default_ttl"), before);
  assert.deepEqual(box.containers(), []);
});
