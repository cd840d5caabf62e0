import type { EngineMachine } from "../../machine/machine.ts";
import type { Suite } from "../../machine/tree.ts";
import { busyboxImage } from "../busybox-image.ts";
import { state } from "../containerd.ts";
import { type ContainerdTest, startContainerd } from "../containerd-test.ts";
import { CriClient, type Message } from "./client.ts";
import { eventually, handler, Pod } from "./pods.ts";

/** Of nothing but a process that waits: a pod's first container. */
const pauseImage = "localhost/pause:1";

/**
 * containerd 1.6 forgets its own default, runc, where a runtime is configured.
 *
 * Debian has CNI's plugins at a place of its own. Where a machine lacks CAP_SYS_RESOURCE nothing can lower its
 * oom_score_adj, which kubelet asks for.
 */
const configOf = (runtime: string) => `
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${handler}]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${handler}.options]
      BinaryName = "${runtime}"
`;

const network = {
  cniVersion: "0.4.0",
  name: "tests",
  plugins: [
    {
      type: "bridge",
      bridge: "cni0",
      isGateway: true,
      ipam: { type: "host-local", ranges: [[{ subnet: "10.85.0.0/24" }]] },
    },
  ],
};

const cri = `${state}/io.containerd.grpc.v1.cri`;
const folders = ["/run/netns", "/var/lib/cni/networks/tests", `${cri}/sandboxes`, `${cri}/containers`];

/** What a test of the CRI is given. */
export interface CriTest extends ContainerdTest {
  readonly cri: CriClient;
  /** Runs a pod, gives it to `body`, and removes it. */
  withPod(body: (pod: Pod) => Promise<void>, config?: Message): Promise<void>;
}

/** containerd with its CRI plugin, as a node of Kubernetes has it, and with the runtime under test as a runtime class. */
export async function startCri(suite: Suite): Promise<CriTest> {
  const given = startContainerd(suite, { config: configOf, namespace: "k8s.io", folders });
  given.machine.write("/etc/cni/net.d/10-tests.conflist", JSON.stringify(network));
  given.containerd.importImage(pauseImage, ["sleep", "1000000"]);
  const client = new CriClient(given.containerd.socketOutside);
  const withPod: CriTest["withPod"] = async (body, podConfig) => {
    const pod = await Pod.run(client, podConfig);
    await body(pod);
    await pod.remove();
    // kubelet's, which tries until all in it is gone: of a shim that crashed containerd still cleans up.
    const remove = `rmdir /sys/fs/cgroup/*${pod.cgroup}; ! ls -d /sys/fs/cgroup/*${pod.cgroup}`;
    await eventually(
      "the pod's cgroup is empty",
      async () => given.machine.run(["sh", "-c", remove]).status === 0,
    );
  };
  await ready(client);
  // The network's bridge and its record of addresses stay.
  await withPod(async () => {});
  return { ...given, cri: client, withPod, reset: () => removePods(given.machine, client) };
}

async function removePods(machine: EngineMachine, client: CriClient): Promise<void> {
  const { items } = await client.call("ListPodSandbox");
  for (const { id } of items) {
    await client.call("StopPodSandbox", { pod_sandbox_id: id });
    await client.call("RemovePodSandbox", { pod_sandbox_id: id });
  }
  machine.run(["sh", "-c", "rmdir /sys/fs/cgroup/*/kubepods/*"]);
}

/** Waits until the plugin knows its images and its network. */
async function ready(client: CriClient): Promise<void> {
  await eventually("the plugin's network", async () => {
    const { status } = await client.call("Status");
    return status.conditions.every((each: Message) => each.status);
  });
  await eventually("the images", async () => {
    const { image } = await client.call("ImageStatus", { image: { image: busyboxImage } });
    return image !== null;
  });
}
