/** A thing that a command of ours has left which did not come to its end. */
export interface Leftover {
  readonly kind:
    | "container"
    | "cgroup"
    | "systemd unit"
    | "resctrl group"
    | "mount"
    | "file"
    | "seccomp filter";
  /** Where it is: a path, or a unit's name. */
  readonly path: string;
  /** The container that it is of. */
  readonly container?: string;
  /** Why nobody needs it any more. */
  readonly reason: string;
}

/** Leftovers that go together, and how. */
export interface Heap {
  readonly leftovers: readonly Leftover[];
  remove(): void;
}
