// The protocol between kubelet and a container engine (CRI, version v1), which the project does not carry.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type GrpcObject, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { publish } from "../../../helpers/build-cache.ts";
import { type DebianFile, downloadDebianFile } from "../../../helpers/debian-file.ts";

/** Debian trixie's: the newest that a stable release keeps. */
const debian: DebianFile = {
  path: "pool/main/g/golang-github-kubernetes-cri-api/golang-github-kubernetes-cri-api-dev_0.32.3-1_all.deb",
  sha256: "634610347b36362eb4614eb98c494cb9363d5d873da99806ba2b181460a93b20",
};

const sources = "usr/share/gocode/src";
const protocol = "k8s.io/cri-api/pkg/apis/runtime/v1/api.proto";
/** What the protocol imports for options that matter to Go alone. */
const optionsOfGo = "github.com/gogo/protobuf/gogoproto/gogo.proto";

/** The folder of the protocol's sources, made as a whole: the tests of two runtimes may want it at the same time. */
function sourcesOfProtocol(): string {
  const cache = "build/cri";
  const home = join(cache, debian.sha256);
  if (existsSync(home)) return join(home, sources);
  const work = `${home}.${process.pid}`;
  execFileSync("dpkg-deb", ["--extract", downloadDebianFile(debian, cache), work]);
  const stub = join(work, sources, optionsOfGo);
  mkdirSync(dirname(stub), { recursive: true });
  writeFileSync(stub, 'syntax = "proto3";\n');
  publish(work, home);
  return join(home, sources);
}

/** The clients of the protocol's two services. */
export function loadServices(): ServiceClientConstructor[] {
  const definition = loadSync(protocol, {
    includeDirs: [sourcesOfProtocol()],
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
  });
  const { runtime } = loadPackageDefinition(definition) as unknown as { runtime: { v1: GrpcObject } };
  return ["RuntimeService", "ImageService"].map((name) => runtime.v1[name] as ServiceClientConstructor);
}
