import { TsrunError } from "../base/errors.ts";
import { type JsonMember, type JsonNode, memberOf, parseJsonPlaces } from "./json/document.ts";
import { addMember, removeMembers, replaceValue } from "./json/edit.ts";
import { checkProgram, RUNTIME, type Setup, type Wish } from "./setup.ts";
import { applyEdits, type Edit } from "./text-edit.ts";

const DEFAULT = "default-runtime";
const RUNTIMES = "runtimes";

/** A file with nothing in it is one without settings. */
const nothing = /^\uFEFF?\s*$/;

/** What the file has of what matters here. */
interface Settings {
  readonly root: JsonNode;
  readonly runtimes: JsonMember | undefined;
  readonly own: JsonMember | undefined;
  readonly default: JsonMember | undefined;
}

function settingsOf(text: string): Settings {
  const root = parseJsonPlaces(text, "JSON");
  const runtimes = memberOf(object(root, "the configuration"), RUNTIMES);
  const own = runtimes === undefined ? undefined : memberOf(object(runtimes.node, `"${RUNTIMES}"`), RUNTIME);
  return { root, runtimes, own, default: memberOf(root, DEFAULT) };
}

/** @throws TsrunError for another value than an object */
function object(node: JsonNode, what: string): JsonNode {
  if (node.members === undefined) throw new TsrunError(`${what} is no JSON object`);
  return node;
}

function programOf(own: JsonMember | undefined): string | undefined {
  if (own === undefined) return undefined;
  const path = own.node.members?.find(({ name }) => name === "path")?.node.value;
  return typeof path === "string" ? path : "";
}

/** The settings that are missing, for an object that is changed member by member. */
function additions(text: string, settings: Settings, wish: Wish): Edit[] {
  const { root, runtimes, own } = settings;
  const value = { path: wish.program };
  const edits: Edit[] = [];
  const missing: Record<string, unknown> = {};
  if (runtimes === undefined) missing[RUNTIMES] = { [RUNTIME]: value };
  else if (own === undefined) edits.push(addMember(text, root, runtimes.node, RUNTIME, value));
  if (wish.asDefault && settings.default === undefined) missing[DEFAULT] = RUNTIME;
  else if (wish.asDefault && settings.default?.node.value !== RUNTIME && settings.default !== undefined) {
    edits.push(replaceValue(settings.default.node, JSON.stringify(RUNTIME)));
  }
  return [
    ...edits,
    ...Object.entries(missing).map(([name, each]) => addMember(text, root, root, name, each)),
  ];
}

function install(text: string | undefined, wish: Wish): string {
  if (text === undefined || nothing.test(text)) {
    const runtimes = { [RUNTIMES]: { [RUNTIME]: { path: wish.program } } };
    return `${JSON.stringify(wish.asDefault ? { ...runtimes, [DEFAULT]: RUNTIME } : runtimes, undefined, 2)}\n`;
  }
  const settings = settingsOf(text);
  checkProgram(programOf(settings.own), wish, `runtimes.${RUNTIME}`);
  // An object without members is written anew as a whole: two edits of it would collide.
  if (settings.root.members?.length === 0) {
    const { start, end } = settings.root;
    return text.slice(0, start) + install(undefined, wish).trimEnd() + text.slice(end);
  }
  return applyEdits(text, additions(text, settings, wish));
}

function uninstall(text: string, beforeText: string | undefined): string {
  const { root, runtimes, own, default: name } = settingsOf(text);
  const before = beforeText === undefined || nothing.test(beforeText) ? undefined : settingsOf(beforeText);
  const gone: JsonMember[] = [];
  const edits: Edit[] = [];
  if (runtimes !== undefined && own !== undefined) {
    const last = runtimes.node.members?.length === 1 && before?.runtimes === undefined;
    if (last) gone.push(runtimes);
    else edits.push(...removeMembers(runtimes.node, [own]));
  }
  if (name?.node.value === RUNTIME) {
    const was = before?.default?.node;
    if (was === undefined || beforeText === undefined) gone.push(name);
    else edits.push(replaceValue(name.node, beforeText.slice(was.start, was.end)));
  }
  return applyEdits(text, [...edits, ...removeMembers(root, gone)]);
}

/** `daemon.json` (dockerd(8)): one JSON object, without comments. */
export const docker: Setup = {
  find: (text) => (nothing.test(text) ? undefined : programOf(settingsOf(text).own)),
  install,
  uninstall,
};
