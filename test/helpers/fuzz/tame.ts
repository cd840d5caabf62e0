import { changed, isObject, type Json, type JsonObject } from "./json.ts";

/** Namespaces of the container's own: a path may lead to the machine's, which a container in it would change. */
function ownNamespaces(namespaces: Json | undefined): Json {
  const list = Array.isArray(namespaces) ? (namespaces as readonly Json[]) : [];
  return list.map((entry) => (isObject(entry) ? changed(entry, ["path"], () => "") : entry));
}

/** A cgroup by itself, named for its test: those above a container's stay when it is gone. */
function ownCgroup(name: string, path: Json | undefined): Json {
  return typeof path === "string" ? `/${name}${path.replaceAll("/", ".")}` : (path ?? name);
}

/**
 * A configuration without what reaches beyond its container by right. @param cgroup how the name of its cgroup begins
 */
export function tame(config: JsonObject, cgroup: string): JsonObject {
  const linux = config["linux"];
  if (!isObject(linux)) return config;
  const namespaced = changed(config, ["linux", "namespaces"], ownNamespaces);
  const limited = changed(namespaced, ["linux", "cgroupsPath"], (path) => ownCgroup(cgroup, path));
  return isObject(limited) ? limited : config;
}
