/** How much of a thing there is: all that tsrun uses of it, less, or nothing. */
export type FindingState = "ok" | "limited" | "missing";

/** What was found of one thing that tsrun uses, or that limits it. */
export interface Finding {
  readonly name: string;
  readonly state: FindingState;
  /** What was seen. */
  readonly found: string;
  /** What that means for containers; not where all is well. */
  readonly consequence?: string;
  /** What can be done about it. */
  readonly remedy?: string;
  /** Without it no container can be made. */
  readonly necessary?: true;
}

/** All is well. */
export function ok(name: string, found: string): Finding {
  return { name, state: "ok", found };
}

/** What else is to be said of a thing. */
export interface Advice {
  readonly consequence: string;
  readonly remedy?: string;
}

/** Less than there could be: something is done in another way, or not in every case. */
export function limited(name: string, found: string, advice: Advice): Finding {
  return { name, state: "limited", found, ...advice };
}

/** Not there: something cannot be done. */
export function missing(name: string, found: string, advice: Advice): Finding {
  return { name, state: "missing", found, ...advice };
}

/** Not there, and nothing goes without it. */
export function needed(name: string, found: string, advice: Advice): Finding {
  return { ...missing(name, found, advice), necessary: true };
}
