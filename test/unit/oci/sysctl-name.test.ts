import assert from "node:assert/strict";
import { test } from "node:test";
import { sysctlParts } from "../../../src/oci/sysctl-name.ts";

test("sysctlParts() splits at the separator that comes first, as sysctl(8) does", () => {
  assert.deepEqual(sysctlParts("net.ipv4.ip_forward"), ["net", "ipv4", "ip_forward"]);
  assert.deepEqual(sysctlParts("net/ipv4/ip_forward"), ["net", "ipv4", "ip_forward"]);
  assert.deepEqual(sysctlParts("net/ipv4/conf/eth0.1/rp_filter"), [
    "net",
    "ipv4",
    "conf",
    "eth0.1",
    "rp_filter",
  ]);
  assert.deepEqual(sysctlParts("net.ipv4.conf.eth0/1.rp_filter"), [
    "net",
    "ipv4",
    "conf",
    "eth0.1",
    "rp_filter",
  ]);
  assert.deepEqual(
    sysctlParts("net/ipv4/conf/eth0.1/forwarding").join("/"),
    "net/ipv4/conf/eth0.1/forwarding",
  );
  assert.deepEqual(sysctlParts("domainname"), ["domainname"]);
});
