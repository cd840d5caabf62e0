// Containers that share a pid namespace (a pod): one watches while the runtime makes the other, runs its hooks, and leaves its
// init at the gate.
import { type Config, setNamespace } from "../../helpers/config.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";
import { proves } from "../helpers/proves.ts";
import { ofRuntime, slowed, startWatch, type Watch } from "./watch.ts";

leaveNothing();

/** While it runs, init stays as it is. */
const SLOW = { path: "/bin/sleep", args: ["sleep", "0.3"] };

/** A bundle whose container has the watcher's pid namespace. */
function neighbour(box: Sandbox, watch: Watch, hooks: Config["hooks"]): string {
  const path = `/proc/${box.state(watch.id).pid}/ns/pid`;
  return box.bundle((config) => {
    config.process.args = ["/bin/true"];
    setNamespace(config, "pid", path);
    if (hooks !== undefined) config.hooks = hooks;
  });
}

/** Creates the neighbour; its init is looked at while the hook runs, and at the gate. @returns its id */
function create(box: Sandbox, watch: Watch): string {
  const id = box.newId();
  const bundle = neighbour(box, watch, { createRuntime: [SLOW] });
  box.succeed(["create", "--bundle", bundle, id], watch.call);
  watch.look();
  return id;
}

proves({
  cve: "CVE-2016-9962",
  title: "create and start show a container of the same pod nothing of the runtime",
  attack: (box, attacked) => {
    const watch = startWatch(box, attacked);
    const id = create(box, watch);
    box.succeed(["start", id], watch.call);
    return watch.verdict();
  },
  without: ["dumpable"],
});

proves({
  cve: "CVE-2024-21626",
  title: "create keeps what is the runtime's from a container of the same pod that may trace everybody",
  attack: (box, attacked) => {
    const watch = startWatch(box, attacked, ["CAP_SYS_PTRACE"]);
    create(box, watch);
    return watch.verdict(ofRuntime);
  },
  without: ["descriptors", "sealing"],
});

proves({
  cve: "CVE-2024-21626",
  title: "createContainer hooks keep what is the runtime's from a container of the same pod",
  attack: (box, attacked) => {
    const watch = startWatch(box, attacked, ["CAP_SYS_PTRACE"]);
    const bundle = neighbour(box, watch, { createContainer: [{ path: "/bin/true" }] });
    box.succeed(["run", "--bundle", bundle, box.newId()], { ...watch.call, ...slowed("setns") });
    return watch.verdict(ofRuntime);
  },
  without: ["descriptors"],
});

proves({
  cve: "CVE-2024-21626",
  title: "startContainer hooks keep the host from a container of the same pod that may trace everybody",
  attack: (box, attacked) => {
    const watch = startWatch(box, attacked, ["CAP_SYS_PTRACE"]);
    const bundle = neighbour(box, watch, { startContainer: [{ path: "/bin/true" }] });
    const id = box.newId();
    // Defended: an init that keeps the gate open itself would never be let go.
    box.succeed(["create", "--bundle", bundle, id], { env: { TSRUN_WITHOUT: "" } });
    box.succeed(["start", id], { ...watch.call, ...slowed("rt_sigprocmask") });
    return watch.verdict(/^finds /);
  },
  without: ["descriptors", "sealing"],
});
