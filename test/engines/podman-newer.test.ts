// What the Podman of Debian's next release does and that of Debian 12 does not.
import assert from "node:assert/strict";
import { image } from "./helpers/podman.ts";
import { PodmanTests } from "./helpers/podman-tests.ts";

const tests = new PodmanTests({ suite: "forky" });
const { podman, machine } = tests;

/** Debian 12's conmon hears nothing of it on cgroup v1. */
tests.it("a container that its memory limit kills is reported so", () => {
  podman.fail(["run", "--name=hungry", "--memory=16m", image, "sh", "-c", "exec tail /dev/zero"], 137);
  assert.equal(podman.inspect("hungry", ".State.OOMKilled"), "true");
  podman.succeed(["rm", "hungry"]);
});

/** Podman 5 sends an empty mount option with it. */
tests.it("--systemd=always gives what systemd needs", () => {
  assert.equal(podman.sh("touch /run/x && grep -c ' /run tmpfs ' /proc/mounts", "--systemd=always"), "1");
});

tests.it("podman update changes limits, and what becomes of a container that fails", () => {
  podman.succeed(["run", "-d", "--name=updated", image, "sleep", "1000"]);
  podman.succeed(["update", "--pids-limit=50", "--memory=80m", "--restart=on-failure", "updated"]);
  const read = (file: string) => podman.succeed(["exec", "updated", "cat", `/sys/fs/cgroup/${file}`]);
  assert.equal(read("pids/pids.max"), "50");
  assert.equal(read("memory/memory.limit_in_bytes"), String(80 << 20));
  assert.equal(podman.inspect("updated", ".HostConfig.RestartPolicy.Name"), "on-failure");
  podman.succeed(["rm", "--force", "--time=0", "updated"]);
});

const manifest = `
apiVersion: v1
kind: Pod
metadata: {name: prepared}
spec:
  initContainers:
  - name: first
    image: ${image}
    imagePullPolicy: Never
    command: [sh, -c, 'echo prepared >/shared/file']
    volumeMounts: [{name: shared, mountPath: /shared}]
  containers:
  - name: then
    image: ${image}
    imagePullPolicy: Never
    command: [cat, /shared/file]
    volumeMounts: [{name: shared, mountPath: /shared}]
  restartPolicy: Never
  volumes:
  - name: shared
    emptyDir: {}
`;

/** Podman 4.3 loses track of a manifest's init containers: it waits for 20 s, and goes on. */
tests.it("kube play runs init containers to their end before the others start", () => {
  machine.write("/var/lib/prepared.yaml", manifest);
  podman.succeed(["kube", "play", "/var/lib/prepared.yaml"]);
  assert.equal(podman.succeed(["wait", "prepared-then"]), "0");
  assert.equal(podman.succeed(["logs", "prepared-then"]), "prepared");
  podman.succeed(["kube", "down", "--force", "/var/lib/prepared.yaml"]);
});
