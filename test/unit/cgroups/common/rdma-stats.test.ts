import assert from "node:assert/strict";
import { test } from "node:test";
import { rdmaOf } from "../../../../src/cgroups/common/rdma-stats.ts";
import { filesOf } from "../../../helpers/stat-files.ts";

test("rdmaOf() reads the example of cgroup-v2.rst", () => {
  const files = filesOf({
    "rdma.max": "mlx4_0 hca_handle=2 hca_object=2000\nocrdma1 hca_handle=3 hca_object=max\n",
    "rdma.current": "mlx4_0 hca_handle=1 hca_object=20\nocrdma1 hca_handle=1 hca_object=23\n",
  });
  assert.deepEqual(rdmaOf(files), {
    limit: [
      { device: "mlx4_0", handles: 2n, objects: 2000n },
      { device: "ocrdma1", handles: 3n, objects: 4294967295n },
    ],
    current: [
      { device: "mlx4_0", handles: 1n, objects: 20n },
      { device: "ocrdma1", handles: 1n, objects: 23n },
    ],
  });
});

test("rdmaOf() is empty without the controller", () => {
  assert.deepEqual(rdmaOf(filesOf({})), { limit: [], current: [] });
});
