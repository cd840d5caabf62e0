import { inspect } from "node:util";
import fc from "fast-check";

/** How many inputs, and which. */
export interface Amount {
  readonly seed: number;
  readonly count: number;
}

/** Who is told of each input. */
export interface Witness {
  begin(shown: string): void;
  end(): void;
}

/** Something of tsrun's that takes inputs from elsewhere. */
export interface Subject {
  /** Tries inputs until one shows a fault. @returns the fault and its input, as small as they get; undefined where all is well */
  check(amount: Amount, witness: Witness): { readonly fault: string; readonly input: string } | undefined;
}

/** @param judge says what is wrong with how an input is taken, if anything; what it throws is a fault, too */
export function subject<T>(inputs: fc.Arbitrary<T>, judge: (input: T) => string | undefined): Subject {
  return {
    check({ seed, count }, witness) {
      const property = fc.property(inputs, (input) => {
        witness.begin(shown(input));
        const fault = judge(input);
        witness.end();
        if (fault !== undefined) throw new Error(fault);
      });
      const result = fc.check(property, { seed, numRuns: count, endOnFailure: false });
      if (!result.failed) return undefined;
      const [input] = result.counterexample ?? [];
      return { fault: String(result.errorInstance), input: shown(input) };
    },
  };
}

function shown(input: unknown): string {
  return typeof input === "string" ? input : inspect(input, { depth: 8, maxStringLength: 2000 });
}
