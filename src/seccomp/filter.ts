/** A profile made ready for the kernel (seccomp(2), SECCOMP_SET_MODE_FILTER). */
export interface CompiledFilter {
  /** Classic BPF: an array of struct sock_filter. */
  readonly program: Uint8Array;
  /** SECCOMP_FILTER_FLAG_*. */
  readonly flags: number;
  /** Names in the profile that no architecture has, each once, in its order. */
  readonly unknown: readonly string[];
}
