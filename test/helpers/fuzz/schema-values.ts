import fc from "fast-check";
import type { Schema } from "../../../scripts/lib/schema-types.ts";
import type { Json } from "./json.ts";

/** Where values come from that a schema does not tell. */
export interface Sources {
  /** Texts for a property, `hooks.path`; for the names in a map, `sysctl names`. */
  readonly strings: (property: string) => fc.Arbitrary<string>;
  /** Numbers for an integer between these. */
  readonly integers: (minimum: number, maximum: number) => fc.Arbitrary<Json>;
  /** What now and then stands in place of anything. */
  readonly strange: fc.Arbitrary<Json>;
  /** One value of this many is strange. */
  readonly rarity: number;
}

/** The part of JSON Schema that schemas/ uses. */
interface Node {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly Json[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly definitions?: Readonly<Record<string, Node>>;
}

/** A schema's node with the document in which its references begin. */
interface Place {
  readonly node: Node;
  readonly document: string;
}

const configuration: Place = { node: { $ref: "config.schema.json" }, document: "config.schema.json" };

/** Values that schemas take, mostly. */
export class SchemaValues {
  readonly #documents: ReadonlyMap<string, Node>;
  readonly #sources: Sources;

  constructor(schemas: readonly Schema[], sources: Sources) {
    this.#documents = new Map(schemas.map((schema) => [String(schema["$id"]), schema as Node]));
    this.#sources = sources;
  }

  /** Values for the property at a path of config.json, `["linux", "resources", "cpu"]`. */
  at(path: readonly string[]): fc.Arbitrary<Json> {
    let place: Place = this.#resolve(configuration);
    for (const name of path) place = this.#resolve(this.#member(place, name));
    return this.#values(place, path.slice(-2).join("."));
  }

  /**
   * Every path of config.json that leads to a property, those within lists and maps excepted, and those below an object
   * that would lack properties it requires, unless `has` says that the object is there.
   */
  paths(has: (path: readonly string[]) => boolean, from: readonly string[] = []): string[][] {
    let place: Place = this.#resolve(configuration);
    for (const name of from) place = this.#resolve(this.#member(place, name));
    const { properties = {}, required = [] } = place.node;
    if (required.length > 0 && !has(from)) return [];
    return Object.keys(properties).flatMap((name) => [[...from, name], ...this.paths(has, [...from, name])]);
  }

  #member({ node, document }: Place, name: string): Place {
    const member = node.properties?.[name];
    if (member === undefined) throw new Error(`the schema has no property ${name}`);
    return { node: member, document };
  }

  #resolve(place: Place): Place {
    const { $ref } = place.node;
    if ($ref === undefined) return place;
    const [file = "", pointer = ""] = $ref.split("#");
    const document = file === "" ? place.document : file;
    const root = this.#documents.get(document);
    const name = pointer.split("/").at(-1) ?? "";
    const node = pointer === "" ? root : root?.definitions?.[name];
    if (node === undefined) throw new Error(`nothing is at ${$ref}`);
    return this.#resolve({ node, document });
  }

  #values(place: Place, property: string): fc.Arbitrary<Json> {
    const { strange, rarity } = this.#sources;
    const usual = this.#usual(this.#resolve(place), property);
    return fc.oneof({ weight: rarity - 1, arbitrary: usual }, { weight: 1, arbitrary: strange });
  }

  #usual({ node, document }: Place, property: string): fc.Arbitrary<Json> {
    if (node.enum !== undefined) return fc.constantFrom(...node.enum);
    switch (node.type) {
      case "string":
        return this.#sources.strings(property);
      case "integer":
        return this.#sources.integers(node.minimum ?? -(2 ** 63), node.maximum ?? 2 ** 64);
      case "boolean":
        return fc.boolean();
      case "array":
        return fc.array(this.#values({ node: node.items ?? {}, document }, property), { maxLength: 4 });
      case "object":
        return this.#objects({ node, document }, property);
      default:
        return this.#sources.strange;
    }
  }

  #objects({ node, document }: Place, property: string): fc.Arbitrary<Json> {
    const { properties = {}, required = [], additionalProperties: others } = node;
    const name = property.split(".").at(-1) ?? "";
    const members = Object.entries(properties).map(
      ([member, each]) => [member, this.#values({ node: each, document }, `${name}.${member}`)] as const,
    );
    if (members.length > 0) {
      return fc.record(Object.fromEntries(members), { requiredKeys: [...required] }) as fc.Arbitrary<Json>;
    }
    const values =
      typeof others === "object" ? this.#values({ node: others, document }, property) : undefined;
    const names = this.#sources.strings(`${name} names`);
    return fc.dictionary(names, values ?? this.#sources.strange, { maxKeys: 4 });
  }
}
