// What `kubectl exec` and `kubectl attach` come to: the streams of processes, through containerd's streaming server.
import assert from "node:assert/strict";
import { testsOn } from "./helpers/containerd-test.ts";
import { startCri } from "./helpers/cri/engine.ts";
import { RemoteStream } from "./helpers/cri/remote-stream.ts";

const it = testsOn(startCri);

it("exec carries input, output and the exit status", async ({ cri, machine, withPod }) => {
  await withPod(async (pod) => {
    const { id } = await pod.idle("one");
    const cmd = ["sh", "-c", "read line; echo out $line; echo err >&2; exit 6"];
    const streams = { stdin: true, stdout: true, stderr: true };
    const { url } = await cri.call("Exec", { container_id: id, cmd, ...streams });
    const stream = await new RemoteStream(machine, url).open();
    stream.send("stdin", "in\n");
    assert.equal(await stream.ended(), 6);
    assert.equal(stream.text("stdout"), "out in\n");
    assert.equal(stream.text("stderr"), "err\n");
  });
});

it("exec with a terminal follows its window", async ({ cri, machine, withPod }) => {
  await withPod(async (pod) => {
    const { id } = await pod.idle("one");
    const streams = { stdin: true, stdout: true, tty: true };
    const { url } = await cri.call("Exec", { container_id: id, cmd: ["sh"], ...streams });
    const stream = await new RemoteStream(machine, url).open();
    stream.send("resize", JSON.stringify({ Width: 100, Height: 30 }));
    stream.send(
      "stdin",
      "until [ \"$(stty size)\" = '30 100' ]; do sleep 0.05; done; tty; echo size $(stty size)\n",
    );
    await stream.says(/size 30 100/);
    await stream.says(/\/dev\/pts\/\d+/);
    stream.send("stdin", "exit 7\n");
    assert.equal(await stream.ended(), 7);
  });
});

it("exec carries a megabyte", async ({ cri, machine, withPod }) => {
  await withPod(async (pod) => {
    const { id } = await pod.idle("one");
    const cmd = ["sh", "-c", "head -c 1000000 /dev/zero | tr '\\\\0' x"];
    const { url } = await cri.call("Exec", { container_id: id, cmd, stdout: true });
    const stream = await new RemoteStream(machine, url).open();
    assert.equal(await stream.ended(), 0);
    assert.equal(stream.text("stdout").length, 1_000_000);
  });
});

it("attach talks to a container that runs", async ({ cri, machine, withPod }) => {
  await withPod(async (pod) => {
    const command = ["sh", "-c", "while read line; do echo got $line; [ $line = end ] && exit 8; done"];
    const container = await pod.start("listens", command, { stdin: true });
    const streams = { stdin: true, stdout: true, stderr: true };
    const { url } = await cri.call("Attach", { container_id: container.id, ...streams });
    const stream = await new RemoteStream(machine, url).open();
    stream.send("stdin", "one\n");
    await stream.says(/got one\n/);
    stream.send("stdin", "end\n");
    assert.equal((await container.ended()).exit_code, 8);
    stream.close();
  });
});
