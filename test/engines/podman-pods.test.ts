// Podman's pods, and what `podman kube play` makes of Kubernetes' manifests.
import assert from "node:assert/strict";
import { until } from "../helpers/wait.ts";
import { image } from "./helpers/podman.ts";
import { PodmanTests } from "./helpers/podman-tests.ts";

const tests = new PodmanTests();
const { podman, machine } = tests;

/** Of each container, or of each pod: its name and status. */
const statuses = (...args: readonly string[]) =>
  podman
    .succeed([...args, "--all", "--format", "{{.Names}} {{.Status}}"])
    .split("\n")
    .sort();

const names = (kinds: readonly string[]) =>
  `for kind in ${kinds.join(" ")}; do readlink /proc/self/ns/$kind; done`;

/** Ends a shell's script: kube down and play stop with SIGTERM, and wait for 10 s. */
const untilStopped = "trap exit TERM; while :; do sleep 0.1; done";

/** A server of one text. */
const serve = (text: string) => [
  "sh",
  "-c",
  `echo ${text} >/tmp/index.html; httpd -p 80 -h /tmp; ${untilStopped}`,
];

const removePod = (name: string) => podman.succeed(["pod", "rm", "--force", "--time=0", name]);

tests.it("the containers of a pod share its network, IPC and host name, and a published port", () => {
  podman.succeed(["pod", "create", "--name=shared", "--publish=8081:80"]);
  podman.succeed(["run", "-d", "--pod=shared", "--name=server", image, ...serve("from the pod")]);
  assert.equal(podman.sh("wget -q -O- http://127.0.0.1/", "--pod=shared"), "from the pod");
  assert.equal(podman.get("http://127.0.0.1:8081/"), "from the pod\n");
  const kinds = ["net", "ipc", "uts"];
  assert.equal(
    podman.sh(names(kinds), "--pod=shared"),
    podman.succeed(["exec", "server", "sh", "-c", names(kinds)]),
  );
  assert.notEqual(
    podman.sh(names(["pid"]), "--pod=shared"),
    podman.succeed(["exec", "server", "sh", "-c", names(["pid"])]),
  );
  assert.equal(podman.sh("hostname", "--pod=shared"), "shared");
  removePod("shared");
});

tests.it("the containers of a pod with --share=pid see each other's processes", () => {
  podman.succeed(["pod", "create", "--name=seen", "--share=pid"]);
  podman.succeed(["run", "-d", "--pod=seen", image, "sleep", "1234"]);
  assert.match(podman.sh("ps -o pid,args", "--pod=seen"), /\n +1 .*(catatonit|pause).*\n +\d+ sleep 1234/);
  assert.match(podman.succeed(["pod", "top", "seen", "args"]), /sleep 1234/);
  removePod("seen");
});

tests.it("a pod stops, starts, restarts, pauses and is killed as one", () => {
  podman.succeed(["pod", "create", "--name=one", "--infra-name=one-infra"]);
  for (const name of ["one-a", "one-b"])
    podman.succeed(["create", "--pod=one", `--name=${name}`, image, "sleep", "1000"]);
  const all = (status: string) =>
    assert.equal(podman.succeed(["pod", "inspect", "--format", "{{.State}}", "one"]), status);
  podman.succeed(["pod", "start", "one"]);
  all("Running");
  podman.succeed(["pod", "pause", "one"]);
  all("Paused");
  podman.succeed(["pod", "unpause", "one"]);
  podman.succeed(["pod", "stop", "--time=0", "one"]);
  all("Exited");
  podman.succeed(["pod", "restart", "one"]);
  all("Running");
  podman.succeed(["pod", "kill", "one"]);
  assert.deepEqual(podman.succeed(["wait", "one-a", "one-b"]), "137\n137");
  removePod("one");
});

tests.it("the cgroups of a pod's containers are below the pod's, and pod stats reads them", () => {
  podman.succeed(["pod", "create", "--name=counted"]);
  podman.succeed(["run", "-d", "--pod=counted", "--name=member", "--memory=64m", image, "sleep", "1000"]);
  const parent = podman.succeed(["pod", "inspect", "--format", "{{.CgroupPath}}", "counted"]);
  const id = podman.inspect("member", ".Id");
  assert.equal(
    machine.read(`/sys/fs/cgroup/memory${parent}/libpod-${id}/memory.limit_in_bytes`),
    `${64 << 20}\n`,
  );
  assert.match(
    podman.succeed([
      "pod",
      "stats",
      "--no-stream",
      "--format",
      "{{.Name}} {{.MemUsage}} {{.PIDS}}",
      "counted",
    ]),
    /^member .* \/ 67.11MB 1$/m,
  );
  removePod("counted");
});

tests.it("the containers of a pod share its limits", () => {
  podman.succeed(["pod", "create", "--name=limited", "--cpus=0.5"]);
  const parent = podman.succeed(["pod", "inspect", "--format", "{{.CgroupPath}}", "limited"]);
  podman.succeed(["run", "-d", "--pod=limited", image, "sleep", "1000"]);
  assert.equal(machine.read(`/sys/fs/cgroup/cpu${parent}/cpu.cfs_quota_us`), "50000\n");
  removePod("limited");
});

tests.it("init containers of a pod run to their end before the others start", () => {
  podman.succeed(["pod", "create", "--name=prepared"]);
  podman.succeed(["volume", "create", "steps"]);
  const volume = "--volume=steps:/steps";
  const first = [
    "--pod=prepared",
    "--init-ctr=always",
    "--name=first",
    volume,
    image,
    "sh",
    "-c",
    "echo done >/steps/first",
  ];
  podman.succeed(["create", ...first]);
  podman.succeed(["create", "--pod=prepared", "--name=then", volume, image, "cat", "/steps/first"]);
  podman.succeed(["pod", "start", "prepared"]);
  assert.equal(podman.succeed(["wait", "then"]), "0");
  assert.equal(podman.succeed(["logs", "then"]), "done");
  removePod("prepared");
  podman.succeed(["volume", "rm", "steps"]);
});

const manifest = `
apiVersion: v1
kind: ConfigMap
metadata: {name: words}
data: {greeting: hello from the map}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: kept}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Mi}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: server
        image: ${image}
        imagePullPolicy: Never
        command: [sh, -c, 'echo served >/www/index.html; httpd -p 8080 -h /www; ${untilStopped}']
        ports: [{containerPort: 8080, hostPort: 8082}]
        resources: {limits: {memory: 64Mi}}
        securityContext: {readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
        volumeMounts: [{name: www, mountPath: /www}]
      - name: helper
        image: ${image}
        imagePullPolicy: Never
        command: [sh, -c, 'echo $GREETING >/kept/words; until wget -q -O /kept/page http://127.0.0.1:8080/; do sleep 0.1; done; ${untilStopped}']
        env: [{name: GREETING, valueFrom: {configMapKeyRef: {name: words, key: greeting}}}]
        volumeMounts: [{name: kept, mountPath: /kept}]
      volumes:
      - name: www
        emptyDir: {}
      - name: kept
        persistentVolumeClaim: {claimName: kept}
`;

tests.it("kube play runs a deployment with a service and volumes, and kube down removes it", () => {
  machine.write("/var/lib/web.yaml", manifest);
  podman.succeed(["kube", "play", "/var/lib/web.yaml"]);
  assert.equal(podman.get("http://127.0.0.1:8082/"), "served\n");
  const [helper = "", name = ""] = statuses("ps").flatMap(
    (line) => /^(\S+-(?:helper|server)) Up/.exec(line)?.[1] ?? [],
  );
  until("the helper", () => podman.podman(["exec", helper, "test", "-s", "/kept/page"]).status === 0);
  const limit = podman.succeed(["exec", name, "cat", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]);
  assert.equal(limit, String(64 << 20));
  podman.fail(["exec", name, "touch", "/no"], 1);
  podman.succeed(["kube", "down", "/var/lib/web.yaml"]);
  assert.deepEqual(statuses("ps"), [""]);
  // The claim outlives its pod.
  assert.match(podman.sh("cat /kept/*", "--volume=kept:/kept"), /^served\nhello from the map$/);
  podman.succeed(["volume", "rm", "--all", "--force"]);
});

tests.it("kube generate describes a pod so that kube play makes it again", () => {
  podman.succeed(["pod", "create", "--name=copied", "--publish=8083:80"]);
  podman.succeed(["run", "-d", "--pod=copied", "--name=site", image, ...serve("again")]);
  podman.succeed(["generate", "kube", "--filename=/var/lib/copied.yaml", "copied"]);
  removePod("copied");
  podman.succeed(["kube", "play", "/var/lib/copied.yaml"]);
  assert.equal(podman.get("http://127.0.0.1:8083/"), "again\n");
  podman.succeed(["kube", "down", "/var/lib/copied.yaml"]);
});
