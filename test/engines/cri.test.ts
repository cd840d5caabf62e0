// containerd's CRI plugin on the runtime under test: pods and containers as kubelet has them made, used and removed.
import assert from "node:assert/strict";
import { testsOn } from "./helpers/containerd-test.ts";
import { startCri } from "./helpers/cri/engine.ts";
import { eventually, handler, Pod } from "./helpers/cri/pods.ts";

const it = testsOn(startCri);
const namespaces = (types: string) => `for t in ${types}; do readlink /proc/self/ns/$t; done`;

it("a runtime class chooses the runtime", async ({ cri, machine, withPod }) => {
  await withPod(async (pod) => {
    const { state, runtime_handler, info } = await pod.status();
    assert.equal(state, "SANDBOX_READY");
    assert.equal(runtime_handler, handler);
    assert.equal(JSON.stringify(info).includes(machine.runtime), true);
  });
  await assert.rejects(Pod.run(cri, {}, "missing"), /no runtime for "missing" is configured/);
});

it("two containers of a pod share its network, IPC and host name, and not its processes", async (given) => {
  await given.withPod(async (pod) => {
    const [one, two] = [await pod.idle("one"), await pod.idle("two")];
    const shared = namespaces("net ipc uts");
    assert.equal(await one.says(shared), await two.says(shared));
    for (const own of ["mnt", "pid"].map(namespaces)) {
      assert.notEqual(await one.says(own), await two.says(own));
    }
    assert.equal(await one.says("hostname"), await two.says("hostname"));
    await one.says("echo shared >/dev/shm/file");
    assert.equal(await two.says("cat /dev/shm/file"), "shared");
    assert.match(await one.says("cat /proc/1/cmdline"), /^sleep/);
    const { network } = await pod.status();
    await two.says("echo reached >/tmp/index.html; httpd -p 80 -h /tmp");
    assert.equal(await one.says("wget -qO- http://127.0.0.1/"), "reached");
    const seen = given.machine.succeed(["busybox", "wget", "-qO-", `http://${network.ip}/`]);
    assert.equal(seen, "reached\n");
  });
});

it("containers share processes where the pod says so", async ({ withPod }) => {
  const linux = { security_context: { namespace_options: { pid: "POD" } } };
  await withPod(
    async (pod) => {
      const one = await pod.idle("one");
      await pod.start("two", ["sleep", "2000"]);
      const processes = await one.says("ps -o args");
      assert.match(processes, /sleep 1000000\n/);
      assert.match(processes, /sleep 2000/);
    },
    { linux },
  );
});

it("a pod on the host's network is in it", async ({ machine, withPod }) => {
  const linux = { security_context: { namespace_options: { network: "NODE", pid: "CONTAINER" } } };
  await withPod(
    async (pod) => {
      const container = await pod.idle("one");
      const own = machine.succeed(["readlink", "/proc/self/ns/net"]).trim();
      assert.equal(await container.says("readlink /proc/self/ns/net"), own);
    },
    { linux, hostname: "" },
  );
});

it("ExecSync gives streams, the exit status, and up at its timeout", async ({ withPod }) => {
  await withPod(async (pod) => {
    const container = await pod.idle("one");
    const done = await container.exec("echo out; echo err >&2; exit 3");
    assert.deepEqual(done, { status: 3, stdout: "out\n", stderr: "err\n" });
    await assert.rejects(container.exec("sleep 100", 1), /DEADLINE_EXCEEDED: .*timeout 1s exceeded/);
    assert.doesNotMatch(await container.says("ps -o args"), /sleep 100\n/);
    await assert.rejects(container.execProgram(["missing"]), /executable file not found in \$PATH/);
  });
});

it("forty probes, eight at a time", async ({ machine, withPod }) => {
  await withPod(async (pod) => {
    const container = await pod.idle("one");
    const probe = async (worker: string) => {
      for (const turn of "01234")
        assert.equal(await container.says(`echo ${worker} ${turn}`), `${worker} ${turn}`);
    };
    await Promise.all([..."01234567"].map(probe));
    const inside = () => machine.read(`/sys/fs/cgroup/pids${pod.cgroup}/${container.id}/cgroup.procs`);
    await eventually("one process is left", async () => inside().trim().split("\n").length === 1);
  });
});

it("the log has kubelet's format", async ({ machine, withPod }) => {
  await withPod(async (pod) => {
    const container = await pod.start("talks", ["sh", "-c", "echo out; echo err >&2; printf part; exit 3"]);
    const { exit_code, reason } = await container.ended();
    assert.deepEqual([exit_code, reason], [3, "Error"]);
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|\+00:00)`;
    const log = machine.read(container.log);
    assert.match(log, new RegExp(`^${time} stdout F out$`, "m"));
    assert.match(log, new RegExp(`^${time} stderr F err$`, "m"));
    assert.match(log, new RegExp(`^${time} stdout (P|F) part$`, "m"));
  });
});

it("a container ends: Completed, Error, OOMKilled", async ({ withPod }) => {
  await withPod(async (pod) => {
    const ends = async (name: string, script: string, config = {}) => {
      const container = await pod.start(name, ["sh", "-c", script], config);
      const { exit_code, reason } = await container.ended();
      return [exit_code, reason];
    };
    assert.deepEqual(await ends("completes", "true"), [0, "Completed"]);
    assert.deepEqual(await ends("fails", "exit 5"), [5, "Error"]);
    const linux = { resources: { memory_limit_in_bytes: 16 << 20 } };
    assert.deepEqual(await ends("greedy", "tail /dev/zero; sleep 0.5; exit 137", { linux }), [
      137,
      "OOMKilled",
    ]);
  });
});

it("StopContainer sends SIGTERM, and SIGKILL when its time is up", async ({ machine, withPod }) => {
  await withPod(async (pod) => {
    const polite = await pod.start("polite", [
      "sh",
      "-c",
      "trap 'exit 4' TERM; echo; while :; do sleep 0.05; done",
    ]);
    await eventually("the trap is set", async () => machine.read(polite.log) !== "");
    await polite.stop(30);
    assert.equal((await polite.status()).exit_code, 4);
    const deaf = await pod.idle("deaf");
    await deaf.stop(1);
    assert.equal((await deaf.status()).exit_code, 137);
    await deaf.remove();
    await assert.rejects(deaf.status(), /NOT_FOUND/);
  });
});

it("a container that cannot start says why, as its status does", async ({ cri, withPod }) => {
  await withPod(async (pod) => {
    const container = await pod.create("wrong", ["missing"]);
    const wrong = /executable file not found in \$PATH/;
    await assert.rejects(cri.call("StartContainer", { container_id: container.id }), wrong);
    const { state, exit_code, reason, message } = await container.status();
    assert.deepEqual([state, exit_code, reason], ["CONTAINER_EXITED", 128, "StartError"]);
    assert.match(message, wrong);
  });
});

it("a pod's cgroup holds its containers' limits, and UpdateContainerResources changes them", async (given) => {
  const { cri, machine, withPod } = given;
  await withPod(async (pod) => {
    const before = {
      memory_limit_in_bytes: 64 << 20,
      cpu_quota: 50_000,
      cpu_period: 100_000,
      cpu_shares: 512,
    };
    const container = await pod.idle("one", { linux: { resources: before } });
    const read = (controller: string, name: string) =>
      Number(machine.read(`/sys/fs/cgroup/${controller}${pod.cgroup}/${container.id}/${name}`));
    assert.equal(read("memory", "memory.limit_in_bytes"), 64 << 20);
    assert.equal(read("cpu", "cpu.cfs_quota_us"), 50_000);
    assert.equal(read("cpu", "cpu.shares"), 512);
    const linux = { memory_limit_in_bytes: 96 << 20, cpu_quota: 70_000, cpu_shares: 1024, cpuset_cpus: "0" };
    await cri.call("UpdateContainerResources", { container_id: container.id, linux });
    assert.equal(read("memory", "memory.limit_in_bytes"), 96 << 20);
    assert.equal(read("cpu", "cpu.cfs_quota_us"), 70_000);
    assert.equal(read("cpu", "cpu.shares"), 1024);
    assert.equal(machine.read(`/sys/fs/cgroup/cpuset${pod.cgroup}/${container.id}/cpuset.cpus`), "0\n");
    const { resources } = await container.status();
    if (resources) assert.equal(resources.linux.memory_limit_in_bytes, 96 << 20);
  });
});

it("statistics of a container and of a pod", async ({ cri, withPod }) => {
  await withPod(async (pod) => {
    const container = await pod.idle("one");
    const { stats } = await cri.call("ContainerStats", { container_id: container.id });
    assert.ok(stats.cpu.usage_core_nano_seconds.value > 0);
    assert.ok(stats.memory.working_set_bytes.value > 0);
    const all = await cri.call("ListPodSandboxStats", { filter: { id: pod.id } });
    const [{ linux }] = all.stats;
    assert.ok(linux.cpu.usage_core_nano_seconds.value > 0 && linux.memory.working_set_bytes.value > 0);
    assert.equal(linux.containers.length, 1);
  });
});

it("pods outlive a restart of containerd and can be used after it", async ({ cri, containerd, withPod }) => {
  await withPod(async (pod) => {
    const container = await pod.idle("one");
    const pid = await container.pid();
    await containerd.restart("KILL");
    await eventually("the plugin answers", async () => {
      const answer = await cri.call("Status").catch(() => undefined);
      return answer !== undefined;
    });
    assert.equal((await pod.status()).state, "SANDBOX_READY");
    assert.equal(await container.pid(), pid);
    assert.equal(await container.says("echo again"), "again");
    await container.stop(0);
    assert.equal((await container.status()).exit_code, 137);
    const another = await pod.idle("two");
    assert.equal(await another.says("hostname"), (await pod.status()).metadata.name);
  });
});

// containerd 2.1 deletes the pod's first container alone, and lets the others run on without a shim.
it.on("bookworm")("a pod whose shim crashes is removed like any other", async ({ cri, machine, withPod }) => {
  await withPod(async (pod) => {
    const container = await pod.idle("one");
    const parent = /PPid:\s*(\d+)/.exec(machine.read(`/proc/${await container.pid()}/status`))?.[1] ?? "";
    machine.succeed(["kill", "-KILL", parent]);
    assert.notEqual((await container.ended()).exit_code, 0);
    await eventually("the pod's end", async () => (await pod.status()).state === "SANDBOX_NOTREADY");
    const { items } = await cri.call("ListPodSandbox", { filter: { id: pod.id } });
    assert.equal(items.length, 1);
  });
});

it("eight pods at once", async ({ withPod }) => {
  const one = (index: number) =>
    withPod(async (pod) => {
      const container = await pod.idle("one");
      assert.equal(await container.says(`echo ${index}`), String(index));
    });
  await Promise.all([..."01234567"].map(Number).map(one));
});
