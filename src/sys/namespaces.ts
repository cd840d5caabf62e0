import type { Executor } from "./executor.ts";

/** clone(2) flags of the namespace types, by their name in config.json. */
export const cloneFlags = {
  mount: 0x00020000,
  cgroup: 0x02000000,
  uts: 0x04000000,
  ipc: 0x08000000,
  user: 0x10000000,
  pid: 0x20000000,
  network: 0x40000000,
  time: 0x00000080,
} as const;

export type NamespaceType = keyof typeof cloneFlags;

/** CLONE_FILES: the child shares the descriptors of the process that forks. */
export const CLONE_FILES = 0x400;

/** CLONE_PARENT: the child becomes a sibling of the process that forks. */
export const CLONE_PARENT = 0x8000;

/** setns(2) into the namespace(s) that `fd` stands for, queued. */
export function setns(k: Executor, fd: number, flags: number, subject: string): void {
  k.queue({ name: "setns", args: [fd, flags], subject });
}

/** unshare(2), queued. */
export function unshare(k: Executor, flags: number, subject: string): void {
  k.queue({ name: "unshare", args: [flags], subject });
}

/** sethostname(2), queued. */
export function setHostname(k: Executor, name: string): void {
  const bytes = new TextEncoder().encode(name);
  k.queue({ name: "sethostname", args: [k.memory.data(bytes), bytes.length], subject: JSON.stringify(name) });
}

/** setdomainname(2), queued. */
export function setDomainname(k: Executor, name: string): void {
  const bytes = new TextEncoder().encode(name);
  k.queue({
    name: "setdomainname",
    args: [k.memory.data(bytes), bytes.length],
    subject: JSON.stringify(name),
  });
}
