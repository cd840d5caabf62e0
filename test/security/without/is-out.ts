// The defences that build/tsrun-undefended can do without. Each is named by the files beside this one that take it out: they
// lie at the path, below src, of the source that they stand for, export all that it exports, and put a weak way in the place
// of a function while its defence is out.

/** Every defence that can be taken out, and what is left without it. */
export const defences = {
  "in-root": "paths below a container's root are opened as the kernel finds them: links lead out",
  "proc-check": "anything may be mounted on /proc and in it",
  sealing: "/proc/PID/exe of init is the runtime's own executable",
} as const;

export type Defence = keyof typeof defences;

/** Whether the environment takes a defence out: TSRUN_WITHOUT=NAME,NAME. */
export function isOut(defence: Defence): boolean {
  return (process.env["TSRUN_WITHOUT"] ?? "").split(",").includes(defence);
}
