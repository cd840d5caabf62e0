import assert from "node:assert/strict";
import { test } from "node:test";
import { refuseHostNetwork } from "../../../src/namespaces/host-network.ts";
import type { Config } from "../../../src/oci/types.ts";
import { cloneFlags } from "../../../src/sys/namespaces.ts";
import { inHand } from "../../helpers/in-hand.ts";
import { skipUnless } from "../../helpers/skip.ts";

const own = "/proc/self/ns/net";

function config(path: string, name: string): Config {
  const namespace = { type: "network", path } as const;
  return {
    ociVersion: "1.3.0",
    linux: { namespaces: [namespace], sysctl: { "kernel.sem": "1", [name]: "1" } },
  };
}

for (const name of ["net.ipv4.ip_forward", "net/core/somaxconn"]) {
  test(`refuseHostNetwork() refuses ${name} in the runtime's network namespace`, () => {
    assert.throws(() => refuseHostNetwork(config(own, name)), {
      message: `setting sysctl ${name} would change the host, whose network namespace is ${own}`,
      pointer: `/linux/sysctl/${name.replaceAll("/", "~1")}`,
    });
  });
}

test("refuseHostNetwork() takes what is not the network's, and other namespaces", (t) => {
  refuseHostNetwork(config(own, "kernel.domainname"));
  refuseHostNetwork(config("", "net.ipv4.ip_forward"));
  refuseHostNetwork(config("/nonexistent", "net.ipv4.ip_forward"));
  refuseHostNetwork({ ociVersion: "1.3.0" });
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  inHand(
    (hand) => refuseHostNetwork(config(`/proc/${hand.pid}/ns/net`, "net.ipv4.ip_forward")),
    cloneFlags.network,
  );
});
