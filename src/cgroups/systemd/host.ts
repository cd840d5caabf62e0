/** What decides how limits are put into unit properties. */
export interface SystemdHost {
  /** systemd's version, such as 257; -1 where it is not known: the oldest wording is then used. */
  readonly version: number;
  /** The cgroup version that holds the controllers. */
  readonly cgroups: 1 | 2;
}

/** Stands for "no limit" in properties of the type `t` (CGROUP_LIMIT_MAX, USEC_INFINITY). */
export const INFINITY = 2n ** 64n - 1n;

/** The number in what systemd says of its version: `257`, `v252.39-1~deb12u1`, `"245.4"`. -1 if there is none. */
export function parseVersion(text: string): number {
  return Number(/^"?v?(\d+)/.exec(text)?.[1] ?? -1);
}
