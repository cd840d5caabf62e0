/** A program for the kernel (seccomp(2), SECCOMP_SET_MODE_FILTER). */
export interface Filter {
  /** Classic BPF: an array of struct sock_filter. */
  readonly program: Uint8Array;
  /** SECCOMP_FILTER_FLAG_*. */
  readonly flags: number;
}

/** A profile made ready for the kernel. */
export interface CompiledFilter extends Filter {
  /** Names in the profile that no architecture has, each once, in its order. */
  readonly unknown: readonly string[];
}

/** Who answers the calls whose action is SCMP_ACT_NOTIFY (runtime-spec, config-linux.md, seccomp). */
export interface Listener {
  /** The agent's Unix socket, which is sent the descriptor. */
  readonly path: string;
  /** What the agent is told with it. */
  readonly metadata: string | undefined;
}

/** What a container's processes are filtered by. */
export interface FilterPlan extends Filter {
  readonly listener: Listener | undefined;
  /** Whether write(2) is, or may be, out of reach: then a process under the filter cannot say what has failed. */
  readonly isMute: boolean;
}
