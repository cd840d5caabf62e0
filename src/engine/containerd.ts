import { TsrunError } from "../base/errors.ts";
import { checkProgram, RUNTIME, type Setup, type Wish } from "./setup.ts";
import { findNode, findString, findValue, parseToml, type TomlDocument } from "./toml/document.ts";
import { TomlEditor, tomlString } from "./toml/edit.ts";

/**
 * The CRI plugin's tables by the file's version (containerd, docs/cri/config.md): 1.x knows 2, and 2.x knows 2 to 4 (4 moved
 * the server's settings alone). A file without a version is of version 1, with other names, which 2.x no longer takes.
 */
const plugins: Readonly<Record<string, string>> = {
  "2": "io.containerd.grpc.v1.cri",
  "3": "io.containerd.cri.v1.runtime",
  "4": "io.containerd.cri.v1.runtime",
};

/** The runtime that containerd has where the configuration names none. */
const BUILT_IN = "runc";
/** The shim that runs runc's command line. */
const RUNTIME_TYPE = tomlString("io.containerd.runc.v2");
const DEFAULT_NAME = "default_runtime_name";

/** Where the version that the file has keeps runtimes. */
interface Place {
  readonly version: string;
  /** The table with `default_runtime_name`. */
  readonly containerd: readonly string[];
  readonly runtimes: readonly string[];
}

function isEmpty({ tables }: TomlDocument): boolean {
  return tables.every(({ path, pairs }) => path.length === 0 && pairs.length === 0);
}

/** @throws TsrunError for a version that is not known */
function placeIn(document: TomlDocument): Place {
  const value = findValue(document, ["version"]);
  const version = isEmpty(document) ? "2" : value?.kind === "bare" ? value.value : "1";
  const plugin = Object.hasOwn(plugins, version) ? plugins[version] : undefined;
  if (plugin === undefined) {
    throw new TsrunError(`this is a configuration of version ${version}, tsrun knows 2, 3 and 4`, {
      hint: "containerd config default (or, with containerd 2, migrate) prints a newer one",
    });
  }
  const containerd = ["plugins", plugin, "containerd"];
  return { version, containerd, runtimes: [...containerd, "runtimes"] };
}

function programIn(document: TomlDocument, { runtimes }: Place): string | undefined {
  const path = [...runtimes, RUNTIME];
  if (findNode(document, path) === undefined) return undefined;
  return findString(document, [...path, "options", "BinaryName"]) ?? "";
}

/** Whether the host's containers are in systemd's cgroups: tsrun's must be where the default runtime's are. */
function usesSystemd(document: TomlDocument, { containerd, runtimes }: Place): boolean {
  const name = findString(document, [...containerd, DEFAULT_NAME]) ?? BUILT_IN;
  return [name, BUILT_IN].some((runtime) => {
    const value = findValue(document, [...runtimes, runtime, "options", "SystemdCgroup"]);
    return value?.kind === "bare" && value.value === "true";
  });
}

function addRuntime(editor: TomlEditor, document: TomlDocument, place: Place, program: string): void {
  if (isEmpty(document)) editor.addTo([], { version: "2" });
  // containerd 1.x takes the runtimes of the file for all that there are: without this line the default one is missing,
  // and the CRI plugin does not load. 2.x adds them to its own.
  if (place.version === "2" && findNode(document, place.runtimes) === undefined) {
    editor.addTo([...place.runtimes, BUILT_IN], { runtime_type: RUNTIME_TYPE });
  }
  const own = [...place.runtimes, RUNTIME];
  editor.addTo(own, { runtime_type: RUNTIME_TYPE });
  editor.addTo([...own, "options"], {
    BinaryName: tomlString(program),
    ...(usesSystemd(document, place) ? { SystemdCgroup: "true" } : {}),
  });
}

function install(text: string | undefined, wish: Wish): string {
  const document = parseToml(text ?? "");
  const place = placeIn(document);
  const found = programIn(document, place);
  checkProgram(found, wish, `containerd.runtimes.${RUNTIME}`);
  const editor = new TomlEditor(document);
  if (found === undefined) addRuntime(editor, document, place, wish.program);
  if (wish.asDefault && findString(document, [...place.containerd, DEFAULT_NAME]) !== RUNTIME) {
    editor.set(place.containerd, DEFAULT_NAME, tomlString(RUNTIME));
  }
  return editor.result();
}

/** Whether the built-in runtime stands there only because install wrote it, and no other needs it to. */
function isOurBuiltIn(
  document: TomlDocument,
  { runtimes }: Place,
  before: TomlDocument | undefined,
): boolean {
  if (before === undefined || findNode(before, runtimes) !== undefined) return false;
  const table = findNode(document, [...runtimes, BUILT_IN])?.table;
  const names = [...(findNode(document, runtimes)?.children.keys() ?? [])];
  return table?.pairs.length === 1 && names.every((name) => [BUILT_IN, RUNTIME].includes(name));
}

function uninstall(text: string, beforeText: string | undefined): string {
  const document = parseToml(text);
  const before = beforeText === undefined ? undefined : parseToml(beforeText);
  const place = placeIn(document);
  const editor = new TomlEditor(document, before);
  editor.removeTables([...place.runtimes, RUNTIME]);
  if (isOurBuiltIn(document, place, before)) editor.removeTables([...place.runtimes, BUILT_IN]);
  const name = [...place.containerd, DEFAULT_NAME];
  if (findString(document, name) === RUNTIME) editor.restore(name);
  return editor.result();
}

/** Whether the configuration turns the CRI plugin off, which alone reads what is set here. */
export function criIsOff(text: string): boolean {
  const value = findValue(parseToml(text), ["disabled_plugins"]);
  const items = value?.kind === "array" ? value.items : [];
  return items.some(
    (item) => item.kind === "string" && ["cri", ...Object.values(plugins)].includes(item.value),
  );
}

/** `config.toml`, for the CRI plugin; `ctr --runc-binary` needs nothing of it. */
export const containerd: Setup = {
  find(text) {
    const document = parseToml(text);
    return programIn(document, placeIn(document));
  },
  install,
  uninstall,
};
