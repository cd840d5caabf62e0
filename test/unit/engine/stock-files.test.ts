// The configurations that Debian's packages bring. Docker's brings none.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { containerd } from "../../../src/engine/containerd.ts";
import { jsonRuntimes, podman } from "../../../src/engine/podman.ts";
import type { Setup } from "../../../src/engine/setup.ts";
import { canDownloadDebianFiles, type DebianFile, memberOfPackage } from "../../helpers/debian-file.ts";
import { skipUnless } from "../../helpers/skip.ts";
import { tomlOf } from "../../helpers/toml.ts";

const program = "/usr/local/bin/tsrun";

interface Stock {
  readonly setup: Setup;
  readonly file: DebianFile;
  readonly member: string;
  /** What must have come into it, and nothing else. */
  readonly change: (tables: ReturnType<typeof tomlOf>) => void;
}

const stock: Readonly<Record<string, Stock>> = {
  "containerd's config.toml": {
    setup: containerd,
    file: {
      path: "pool/main/c/containerd/containerd_1.6.20~ds1-1+deb12u3.debian.tar.xz",
      sha256: "02d3d842560afab173a7b444824ec71e380662102342c41fe0b77f8afa89c835",
    },
    member: "debian/config.toml",
    change: ({ plugins }) => {
      plugins["io.containerd.grpc.v1.cri"].containerd = {
        default_runtime_name: "tsrun",
        runtimes: {
          runc: { runtime_type: "io.containerd.runc.v2" },
          tsrun: { runtime_type: "io.containerd.runc.v2", options: { BinaryName: program } },
        },
      };
    },
  },
  "Podman's containers.conf": {
    setup: podman(jsonRuntimes([])),
    file: {
      path: "pool/main/g/golang-github-containers-common/golang-github-containers-common_0.50.1+ds1-4_all.deb",
      sha256: "39d5c31902c4ce55bd419286946d0b291383169585f1b3509000f6bf57454181",
    },
    member: "usr/share/containers/containers.conf",
    change: ({ engine }) => {
      engine.runtime = "tsrun";
      engine.runtime_supports_json = [...jsonRuntimes([]), "tsrun"];
      engine.runtimes.tsrun = [program];
    },
  },
};

for (const [name, { setup, file, member, change }] of Object.entries(stock)) {
  test(`install() and uninstall() take ${name} as Debian 12 has it`, (t: TestContext) => {
    if (!skipUnless(t, canDownloadDebianFiles(), "debianArchive")) return;
    const before = memberOfPackage(file, member, "build/stock-files");
    const made = setup.install(before, { program, asDefault: true });
    const expected = tomlOf(before);
    change(expected);
    assert.deepEqual(tomlOf(made), expected);
    assert.equal(setup.uninstall(made, before), before);
  });
}
