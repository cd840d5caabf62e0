import { checkProgram, RUNTIME, type Setup, type Wish } from "./setup.ts";
import { findString, findValue, parseToml, type TomlDocument } from "./toml/document.ts";
import { TomlEditor, tomlString, tomlStrings } from "./toml/edit.ts";
import type { TomlValue } from "./toml/reader.ts";

const ENGINE = ["engine"];
const RUNTIMES = ["engine", "runtimes"];
const DEFAULT = "runtime";
const JSON_LIST = "runtime_supports_json";

/**
 * The runtimes that Podman asks for JSON logs unless a file says which (containers.conf(5), the newest list; names that a
 * Podman does not know do no harm). A file's list takes the place of this one.
 *
 * `runtime_supports_nocgroups` is left alone: it has Podman pass `--cgroup-manager disabled`, a flag of crun's.
 */
const knownToSpeakJson: readonly string[] = ["crun", "runc", "kata", "runsc", "youki", "krun", "ocijail"];

function stringsOf(value: TomlValue | undefined): string[] {
  const items = value?.kind === "array" ? value.items : [];
  return items.flatMap((item) => (item.kind === "string" ? [item.value] : []));
}

/** Podman takes the first of the paths that is there. */
function programIn(document: TomlDocument): string | undefined {
  const value = findValue(document, [...RUNTIMES, RUNTIME]);
  return value === undefined ? undefined : (stringsOf(value)[0] ?? "");
}

export function hasTsrun(document: TomlDocument): boolean {
  return programIn(document) !== undefined;
}

/** Whether a list adds to those of the files before it instead of replacing them (Podman 5). */
function appends(value: TomlValue): boolean {
  return value.kind === "array" && value.items.some(({ kind }) => kind === "table");
}

/** The runtimes that speak JSON by all of these files, in the order in which Podman reads them. */
export function jsonRuntimes(documents: readonly TomlDocument[]): readonly string[] {
  let list = knownToSpeakJson;
  for (const document of documents) {
    const value = findValue(document, [...ENGINE, JSON_LIST]);
    if (value !== undefined) list = appends(value) ? [...list, ...stringsOf(value)] : stringsOf(value);
  }
  return list.filter((name) => name !== RUNTIME);
}

function install(text: string | undefined, wish: Wish, speakJson: readonly string[]): string {
  const document = parseToml(text ?? "");
  const found = programIn(document);
  checkProgram(found, wish, `engine.runtimes.${RUNTIME}`);
  const editor = new TomlEditor(document);
  if (wish.asDefault && findString(document, [...ENGINE, DEFAULT]) !== RUNTIME) {
    editor.set(ENGINE, DEFAULT, tomlString(RUNTIME));
  }
  const list = findValue(document, [...ENGINE, JSON_LIST]);
  if (list?.kind !== "array") editor.set(ENGINE, JSON_LIST, tomlStrings([...speakJson, RUNTIME]));
  else if (!stringsOf(list).includes(RUNTIME)) editor.addToArray(list, RUNTIME);
  if (found === undefined) editor.set(RUNTIMES, RUNTIME, tomlStrings([wish.program]));
  return editor.result();
}

function uninstall(text: string, beforeText: string | undefined, speakJson: readonly string[]): string {
  const document = parseToml(text);
  const editor = new TomlEditor(document, beforeText === undefined ? undefined : parseToml(beforeText));
  if (findString(document, [...ENGINE, DEFAULT]) === RUNTIME) editor.restore([...ENGINE, DEFAULT]);
  const list = findValue(document, [...ENGINE, JSON_LIST]);
  const others = stringsOf(list).filter((name) => name !== RUNTIME);
  const wasOurs = others.join() === speakJson.join();
  const hadIt = beforeText !== undefined && findValue(parseToml(beforeText), [...ENGINE, JSON_LIST]);
  if (list?.kind === "array" && stringsOf(list).includes(RUNTIME)) {
    if (wasOurs && !hadIt) editor.remove([...ENGINE, JSON_LIST]);
    else editor.removeFromArray(list, RUNTIME);
  }
  editor.remove([...RUNTIMES, RUNTIME]);
  return editor.result();
}

/**
 * A `containers.conf`. tsrun gets a drop-in of its own in `containers.conf.d`, which Podman (and Buildah) reads after the
 * file itself: nothing that somebody wrote is touched, a new version of the package asks no questions, and what is
 * uninstalled is a file. The price: `runtime_supports_json` replaces the list of the files before it, so the drop-in has
 * that list, too, as it was when tsrun was installed. A file that has tsrun already, or is named with --config, is edited.
 * @param speakJson the runtimes that speak JSON by the files that are read before
 */
export function podman(speakJson: readonly string[]): Setup {
  return {
    find: (text) => programIn(parseToml(text)),
    install: (text, wish) => install(text, wish, speakJson),
    uninstall: (text, before) => uninstall(text, before, speakJson),
  };
}
