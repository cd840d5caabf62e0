// The defences that build/tsrun-undefended can do without. Each is named by the files beside this one that take it out: they
// lie at the path, below src, of the source that they stand for, export all that it exports, and put a weak way in the place
// of a function while its defence is out.

/** Every defence that can be taken out, and what is left without it. */
export const defences = {
  "cgroup-paths":
    "`..` in the path of a cgroup leads out of the hierarchy, and that of exec out of the container's",
  "cgroup-read-only": "a container's cgroups can be written to, whatever its configuration says",
  "close-on-exec": "a program in a container has two descriptors that the runtime has inherited",
  descriptors: "what enters a container keeps the runtime's descriptors until it executes its program",
  dumpable: "what enters a container can be traced, as far as its credentials allow",
  ids: "anything is the id of a container, paths too",
  "in-root": "paths below a container's root are opened as the kernel finds them: links lead out",
  inheritable: "what capabilities are permitted are inheritable, too",
  "kernel-views": "what is to be masked in /proc is looked for by its path, whatever that leads to by then",
  lengths: "texts and id mappings have lengths of 16 bits",
  "null-device": "whatever a container has at /dev/null is the null device",
  "numeric-user": "an image's passwd and group may give a number another meaning",
  "ordinary-directory": "a proc or sysfs goes wherever a link of the image's leads",
  "proc-check": "anything may be mounted on /proc and in it",
  procfs: "what is written to /proc goes wherever its path leads",
  "property-list": "annotations set any property of the container's unit",
  "read-only-executable": "where nothing is sealed, init is the host's own executable",
  sealing: "/proc/PID/exe of init is the runtime's own executable",
  terminal: "/dev/pts/N and /dev/console are what their names lead to",
  "user-numbers": "a user that is no number is 0",
  "working-directory": "a working directory is entered wherever its path leads",
} as const;

export type Defence = keyof typeof defences;

/** Whether the environment takes a defence out: TSRUN_WITHOUT=NAME,NAME. */
export function isOut(defence: Defence): boolean {
  return (process.env["TSRUN_WITHOUT"] ?? "").split(",").includes(defence);
}
