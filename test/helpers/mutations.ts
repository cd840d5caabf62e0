// Seeded documents near a valid one, made by fast-check.
import fc from "fast-check";

/** One change of a document: at the `where`-th of its places (of all, modulo), something else. */
interface Mutation {
  readonly where: number;
  readonly kind: "delete" | "replace" | "add" | "repeat";
  readonly value: unknown;
}

type Container = Record<string, unknown> | unknown[];

function isContainer(value: unknown): value is Container {
  return value !== null && typeof value === "object";
}

/** Every place of a document as the container and the key in it, in document order. */
function places(value: unknown, found: [Container, string][] = []): [Container, string][] {
  if (isContainer(value)) {
    for (const [key, member] of Object.entries(value)) {
      found.push([value, key]);
      places(member, found);
    }
  }
  return found;
}

function apply(document: unknown, { where, kind, value }: Mutation): void {
  const all = places(document);
  const [container, key] = all[where % all.length] ?? [];
  if (container === undefined || key === undefined) {
    return;
  }
  const slots = container as Record<string, unknown>;
  const member = slots[key];
  if (kind === "delete" && !Array.isArray(container)) {
    delete slots[key];
  } else if (kind === "add" && isContainer(member) && !Array.isArray(member)) {
    member["added"] = value;
  } else if (kind === "repeat" && Array.isArray(member)) {
    member.push(...member);
  } else {
    slots[key] = value;
  }
}

/** Values of every type and at every limit that the schemas name. */
const values: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    "",
    "text",
    "0-3,7",
    "MB:0=20",
    "1GB",
    "RLIMIT_CPU",
    "CAP_KILL",
    "private",
    "rshared",
  ],
  ...[0, -1, 1, 1.5, 512, 513, 65535, 65536, 4294967295, 4294967296, -2147483649, 1e300],
  ...[2 ** 63 - 1024, -(2 ** 63), 2 ** 63 + 2048, 2 ** 65],
  ...[[], ["text"], [""], [0], [null], [[]], [{}], {}, { name: "text" }, { name: 1 }, { path: "/x" }],
];

const mutation: fc.Arbitrary<Mutation> = fc.record({
  where: fc.nat(9999),
  kind: fc.constantFrom("delete", "replace", "replace", "replace", "add", "repeat"),
  value: fc.constantFrom(...values),
});

/** Documents with one to three changes each, always the same for a seed. */
export function mutants(document: unknown, count: number, seed: number): unknown[] {
  const lists = fc.sample(fc.array(mutation, { minLength: 1, maxLength: 3 }), { numRuns: count, seed });
  return lists.map((list) => {
    const mutant = structuredClone(document);
    for (const one of list) {
      apply(mutant, structuredClone(one));
    }
    return mutant;
  });
}
