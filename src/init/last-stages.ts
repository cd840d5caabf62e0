/** The stages of the last batch: the step's text and its place in config.json. A failed record carries the index. */
export const lastStages = [
  ["starting the container", ""],
  ["installing the seccomp filter", "/linux/seccomp"],
  ["executing the program", "/process/args"],
] as const;
