// Every command line by which an engine calls its runtime, in an order in which an engine may: as its sources have them,
// and as they were recorded (npm run test:engines compares).

/** A call, and what engines rely on in its answer. */
export interface EngineCall {
  /**
   * Without the engine's global flags. {id} is the container's, {bundle} its bundle's and {files} a folder's path;
   * {console} is a socket that takes a terminal.
   */
  readonly line: string;
  /** On standard input. */
  readonly input?: string;
  /** How many descriptors it inherits beside the standard streams. */
  readonly descriptors?: number;
  /** 0, unless it is known. */
  readonly status?: number;
  readonly stdout?: RegExp;
  /** A text that engines look for in its error. */
  readonly error?: string;
  /** The pid file that it leaves. */
  readonly pidFile?: string;
  /** What the container comes to be. */
  readonly becomes?: "created" | "running" | "paused" | "stopped";
}

/** How an engine calls. */
export interface EngineCalls {
  /**
   * Global flags of each call, as the engine writes them: {log} is the log. Podman and BuildKit would have the usual root.
   */
  readonly prefix: string;
  /** Whether the container has a terminal. */
  readonly terminal?: boolean;
  /** What runs in it, if not a program that waits to be killed. */
  readonly program?: readonly string[];
  readonly calls: readonly EngineCall[];
}

const resources = '{"memory":{"limit":67108864},"cpu":{"shares":512},"pids":{"limit":100}}';
const goRunc = "--root {root} --log {log} --log-format json";
const introspection: readonly EngineCall[] = [
  { line: "--version", stdout: /^\w+ version \S+\n(commit: \S+\n)?spec: \S+\n/ },
  { line: "features", stdout: /"ociVersionMin": ?".*"ociVersionMax": ?"/s },
];
const shimEnd: readonly EngineCall[] = [
  { line: "kill --all {id} 9", becomes: "stopped" },
  { line: "kill {id} 9", status: 1, error: "container not running" },
  { line: "delete {id}" },
  { line: "delete {id}", status: 1, error: "does not exist" },
  { line: "kill {id} 9", status: 1, error: "does not exist" },
  { line: "state {id}", status: 1, error: "does not exist" },
  { line: "delete --force {id}" },
];

/** By name, what engines ask of the life of one container. */
export const engineCalls: Readonly<Record<string, EngineCalls>> = {
  "an engine that looks at its runtime": { prefix: "", calls: introspection },
  // go-runc:runc.go, containerd:cmd/containerd-shim-runc-v2/process; Docker's shim is the same.
  "containerd's shim": {
    prefix: goRunc,
    calls: [
      {
        line: "create --bundle {bundle} --pid-file {files}/init.pid {id}",
        pidFile: "init.pid",
        becomes: "created",
      },
      { line: "state {id}", stdout: /"status": ?"created"/ },
      { line: "start {id}", becomes: "running" },
      {
        line: "exec --process {files}/process.json --detach --pid-file {files}/1.pid {id}",
        pidFile: "1.pid",
      },
      {
        line: "exec --process {files}/missing.json --detach --pid-file {files}/2.pid {id}",
        status: 255,
        error: "executable file not found",
      },
      { line: "update --resources=- {id}", input: resources },
      { line: "ps --format json {id}", stdout: /^\[\d+,\d+\]\s*$/ },
      { line: "ps --format table {id} -ef", stdout: /PID.*sleep 1000000/s },
      {
        line: "events --stats {id}",
        stdout: /^\{"type":"stats","id":".*"data":\{.*"pids":\{"current":2/s,
      },
      { line: "list --format=json", stdout: /^\[\{"ociVersion":.*"status":"running"/s },
      { line: "pause {id}", becomes: "paused" },
      { line: "resume {id}", becomes: "running" },
      { line: "kill {id} 10" },
      ...shimEnd,
    ],
  },
  "containerd's shim with every flag of create": {
    prefix: `--root {root} --debug --log {log} --log-format json --rootless=false`,
    calls: [
      {
        line: "create --bundle {bundle} --pid-file {files}/init.pid --no-new-keyring --preserve-fds 2 {id}",
        descriptors: 2,
        pidFile: "init.pid",
        becomes: "created",
      },
      { line: "start {id}", becomes: "running" },
      ...shimEnd,
    ],
  },
  "containerd's shim with a terminal": {
    prefix: goRunc,
    terminal: true,
    calls: [
      {
        line: "create --bundle {bundle} --pid-file {files}/init.pid --console-socket {console} {id}",
        pidFile: "init.pid",
      },
      { line: "start {id}", becomes: "running" },
      {
        line: "exec --process {files}/terminal.json --console-socket {console} --detach --pid-file {files}/1.pid {id}",
        pidFile: "1.pid",
      },
      ...shimEnd,
    ],
  },
  // go-runc's Run and Restore give it with one dash.
  "go-runc that is no subreaper": {
    prefix: goRunc,
    calls: [{ line: "run -no-subreaper --detach --bundle {bundle} {id}", becomes: "running" }, ...shimEnd],
  },
  // moby/buildkit:executor/runcexecutor.
  "BuildKit with a step of its own": {
    prefix: "--root {root} --log {log} --log-format json",
    program: ["sh", "-c", "echo out; exit 42"],
    calls: [
      { line: "run --bundle {bundle} {id}", status: 42, stdout: /^out\n$/ },
      { line: "run --bundle {bundle} --keep {id}", status: 42, stdout: /^out\n$/ },
      { line: "delete {id}" },
    ],
  },
  BuildKit: {
    prefix: "--root {root} --log {log} --log-format json",
    calls: [
      { line: "run --bundle {bundle} --keep --detach {id}", becomes: "running" },
      { line: "exec --process {files}/short.json {id}", status: 42, stdout: /^out\n$/ },
      { line: "kill {id} 9", becomes: "stopped" },
      { line: "delete {id}" },
    ],
  },
  // conmon:src/runtime_args.c, containers/podman:libpod/oci_conmon_common.go.
  "Podman and its conmon": {
    prefix: "--root {root} --log-format=json --log {log}",
    calls: [
      {
        line: "create --bundle {bundle} --pid-file {files}/init.pid --preserve-fds 1 {id}",
        descriptors: 1,
        pidFile: "init.pid",
        becomes: "created",
      },
      { line: "start {id}", becomes: "running" },
      {
        line: "exec --pid-file {files}/1.pid --process {files}/process.json --detach {id}",
        pidFile: "1.pid",
      },
      {
        line: "exec --pid-file {files}/2.pid --process {files}/process.json --detach --preserve-fds 1 {id}",
        descriptors: 1,
        pidFile: "2.pid",
      },
      {
        line: "exec --pid-file {files}/3.pid --process {files}/terminal.json --detach --tty --console-socket {console} {id}",
        pidFile: "3.pid",
      },
      {
        line: "exec --pid-file {files}/4.pid --process {files}/missing.json --detach {id}",
        status: 255,
        error: "executable file not found in",
      },
      { line: "pause {id}", becomes: "paused" },
      { line: "resume {id}", becomes: "running" },
      { line: "update --resources={files}/resources.json {id}" },
      { line: "kill --all {id} 9", becomes: "stopped" },
      { line: "kill {id} 15", status: 1, error: "container not running" },
      { line: "delete --force {id}" },
      { line: "delete --force {id}" },
    ],
  },
  "conmon without a new keyring and without pivot_root": {
    prefix: "--root {root}",
    calls: [
      {
        line: "create --bundle {bundle} --pid-file {files}/init.pid --no-pivot --no-new-keyring {id}",
        pidFile: "init.pid",
        becomes: "created",
      },
      { line: "delete --force {id}" },
    ],
  },
  // containers/buildah:run_common.go; Podman builds with it.
  Buildah: {
    prefix: "--root {root}",
    calls: [
      {
        line: "create --bundle {bundle} --pid-file {files}/pid --no-new-keyring {id}",
        pidFile: "pid",
        becomes: "created",
      },
      { line: "start {id}" },
      { line: "state {id}", stdout: /"status": ?"running"/ },
      { line: "kill {id} 9", becomes: "stopped" },
      { line: "state {id}", stdout: /"status": ?"stopped"/ },
      { line: "delete {id}" },
    ],
  },
  // cri-o:internal/oci/runtime_oci.go.
  "CRI-O": {
    prefix: "--root {root}",
    calls: [
      {
        line: "create --bundle {bundle} --pid-file {files}/init.pid {id}",
        pidFile: "init.pid",
        becomes: "created",
      },
      { line: "start {id}" },
      { line: "state {id}", stdout: /"status": ?"running"/ },
      { line: "exec --process {files}/short.json {id}", status: 42, stdout: /^out\n$/ },
      { line: "update --resources - {id}", input: resources },
      { line: "pause {id}", becomes: "paused" },
      { line: "resume {id}", becomes: "running" },
      { line: "kill -a {id} 9", becomes: "stopped" },
      { line: "kill {id} 15", status: 1, error: "container not running" },
      { line: "delete --force {id}" },
      { line: "state {id}", status: 1, error: "does not exist" },
    ],
  },
};
