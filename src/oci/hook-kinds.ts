/** The kinds of hook by their names in config.json, in the order of a container's life. */
export const hookKinds = [
  "prestart",
  "createRuntime",
  "createContainer",
  "startContainer",
  "poststart",
  "poststop",
] as const;

export type HookKind = (typeof hookKinds)[number];
