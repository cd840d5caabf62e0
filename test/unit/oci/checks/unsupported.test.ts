import assert from "node:assert/strict";
import { test } from "node:test";
import { Report } from "../../../../src/oci/checks/report.ts";
import { checkUnsupported, unsupported } from "../../../../src/oci/checks/unsupported.ts";
import { faults } from "../../../helpers/documents.ts";
import { fullConfig } from "../../../helpers/full-config.ts";

test("checkUnsupported() refuses each row of its table where the config asks for it", () => {
  const report = new Report();
  checkUnsupported(fullConfig, report);
  assert.deepEqual(
    report.faults.map(({ pointer }) => pointer),
    unsupported.map((pattern) => pattern.replace("*", "0")),
  );
});

test("checkUnsupported() lets properties pass that ask for nothing", () => {
  const nothing = {
    process: { apparmorProfile: "", selinuxLabel: "", execCPUAffinity: {} },
    mounts: [{ destination: "/a", uidMappings: [], gidMappings: [] }],
    linux: {
      netDevices: {},
      intelRdt: { closID: "", enableMonitoring: false },
      mountLabel: "",
      resources: { blockIO: { weightDevice: [] }, hugepageLimits: [], network: {}, rdma: {}, unified: {} },
    },
  };
  assert.deepEqual(faults(nothing), []);
});
