import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { patience } from "../../../helpers/wait.ts";
import { busyboxImage } from "../busybox-image.ts";
import type { CriClient, Message } from "./client.ts";

/** The runtime class of the runtime under test; containerd's default is Debian's runc. */
export const handler = "tsrun";

/** Kubernetes' default; the protocol's is one process namespace for the pod. */
const ownProcesses = { pid: "CONTAINER" };

/** What an execution leaves. */
export interface Executed {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits for something that the engine tells. */
export async function eventually<T>(what: string, ask: () => Promise<T | false | undefined>): Promise<T> {
  for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(20)) {
    const answer = await ask();
    if (answer !== false && answer !== undefined) return answer;
  }
  throw new Error(`waited in vain: ${what}`);
}

let made = 0;

/** A pod on the runtime under test, as kubelet makes and uses it. */
export class Pod {
  readonly #cri: CriClient;
  readonly #config: Message;
  readonly id: string;
  /** What kubelet gives all of a pod's containers. */
  readonly cgroup: string;

  private constructor(cri: CriClient, config: Message, id: string) {
    this.#cri = cri;
    this.#config = config;
    this.id = id;
    this.cgroup = config.linux.cgroup_parent;
  }

  /** @param config of a PodSandboxConfig, what differs from a plain pod's */
  static async run(cri: CriClient, config: Message = {}, runtimeHandler = handler): Promise<Pod> {
    const name = `pod${++made}`;
    const security_context = { namespace_options: ownProcesses, ...config.linux?.security_context };
    const whole = {
      hostname: name,
      log_directory: `/var/log/pods/${name}`,
      ...config,
      metadata: { name, uid: name, namespace: "tests", attempt: 0 },
      linux: { cgroup_parent: `/kubepods/${name}`, ...config.linux, security_context },
    };
    const request = { config: whole, runtime_handler: runtimeHandler };
    const { pod_sandbox_id } = await cri.call("RunPodSandbox", request);
    return new Pod(cri, whole, pod_sandbox_id);
  }

  /** @returns PodSandboxStatus, with what the engine tells besides in `info` */
  async status(): Promise<Message> {
    const request = { pod_sandbox_id: this.id, verbose: true };
    const { status, info } = await this.#cri.call("PodSandboxStatus", request);
    return { ...status, info: JSON.parse(info.info) };
  }

  /** Creates a container. @param config of a ContainerConfig, what differs from a plain one's */
  async create(name: string, command: readonly string[], config: Message = {}): Promise<PodContainer> {
    const image = { image: busyboxImage };
    const { namespace_options } = this.#config.linux.security_context;
    const security_context = { namespace_options, ...config.linux?.security_context };
    const linux = { ...config.linux, security_context };
    const metadata = { name, attempt: 0 };
    const whole = { command, image, log_path: `${name}.log`, ...config, metadata, linux };
    const request = { pod_sandbox_id: this.id, config: whole, sandbox_config: this.#config };
    const { container_id } = await this.#cri.call("CreateContainer", request);
    return new PodContainer(this.#cri, container_id, `${this.#config.log_directory}/${name}.log`);
  }

  /** Creates and starts one. */
  async start(name: string, command: readonly string[], config: Message = {}): Promise<PodContainer> {
    const container = await this.create(name, command, config);
    await this.#cri.call("StartContainer", { container_id: container.id });
    return container;
  }

  /** Starts one in which a test executes what it likes. */
  idle(name: string, config: Message = {}): Promise<PodContainer> {
    return this.start(name, ["sleep", "1000"], config);
  }

  /** Stops and removes it, its containers with it. */
  async remove(): Promise<void> {
    await this.#cri.call("StopPodSandbox", { pod_sandbox_id: this.id });
    await this.#cri.call("RemovePodSandbox", { pod_sandbox_id: this.id });
  }
}

/** A container of a pod. */
export class PodContainer {
  readonly #cri: CriClient;
  readonly id: string;
  /** Where its output goes, in the machine. */
  readonly log: string;

  constructor(cri: CriClient, id: string, log: string) {
    this.#cri = cri;
    this.id = id;
    this.log = log;
  }

  /** @returns ContainerStatus, with what the engine tells besides in `info` */
  async status(): Promise<Message> {
    const request = { container_id: this.id, verbose: true };
    const { status, info } = await this.#cri.call("ContainerStatus", request);
    return { ...status, info: JSON.parse(info.info) };
  }

  /** The number of its first process in the machine. */
  async pid(): Promise<number> {
    return (await this.status()).info.pid;
  }

  /** Waits for its end. @returns its status */
  ended(): Promise<Message> {
    return eventually("the container's end", async () => {
      const status = await this.status();
      return status.state === "CONTAINER_EXITED" && status;
    });
  }

  /** Executes a script in it. @param timeout seconds; 0: none */
  exec(script: string, timeout = 0): Promise<Executed> {
    return this.execProgram(["sh", "-c", script], timeout);
  }

  /** Executes a program in it. @param timeout seconds; 0: none */
  async execProgram(cmd: readonly string[], timeout = 0): Promise<Executed> {
    const request = { container_id: this.id, cmd, timeout };
    const { exit_code, stdout, stderr } = await this.#cri.call("ExecSync", request);
    return { status: exit_code, stdout: String(stdout), stderr: String(stderr) };
  }

  /** Executes a script that must succeed. @returns its output without the last line's end */
  async says(script: string): Promise<string> {
    const { status, stdout, stderr } = await this.exec(script);
    assert.equal(status, 0, stderr || stdout);
    return stdout.trimEnd();
  }

  /** @param timeout seconds that it has after SIGTERM */
  async stop(timeout: number): Promise<void> {
    await this.#cri.call("StopContainer", { container_id: this.id, timeout });
  }

  async remove(): Promise<void> {
    await this.#cri.call("RemoveContainer", { container_id: this.id });
  }
}
