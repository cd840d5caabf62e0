// The specification's own JSON Schemas, which the project does not carry: Debian packages them.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { downloadDebianFile } from "./debian-file.ts";

/**
 * Debian trixie's package, 1.2.0 of the specification. Later suites have 1.2.1 and drop a file once they have a newer
 * one; bookworm has a snapshot of 1.0.2's successor.
 */
const debian = {
  path: "pool/main/g/golang-github-opencontainers-specs/golang-github-opencontainers-specs-dev_1.2.0-2_all.deb",
  sha256: "6c3357147c17e618486884b0678f577ca61d0ffdd9068757adbf907e9961fc7d",
};

const packagedFolder = "usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema";

function schemaFolder(): string {
  const chosen = process.env["OFFICIAL_SCHEMA"];
  if (chosen !== undefined) {
    return chosen;
  }
  const cache = "build/official-schema";
  execFileSync("dpkg-deb", ["--extract", downloadDebianFile(debian, cache), cache]);
  return join(cache, packagedFolder);
}

/** A validator of the official schemas: the JSON pointers of all faults. */
export type Validator = (document: unknown) => Set<string>;

/** Turns ajv's errors into places. A missing property is a fault of its own place; anyOf only repeats others. */
export function faultPlaces(
  errors: readonly { keyword: string; instancePath: string; params: { missingProperty?: string } }[],
): Set<string> {
  return new Set(
    errors
      .filter(({ keyword }) => keyword !== "anyOf")
      .map(({ instancePath, params }) =>
        params.missingProperty === undefined ? instancePath : `${instancePath}/${params.missingProperty}`,
      ),
  );
}

/**
 * The official validators by file name (`config-schema.json`, …), from the folder in $OFFICIAL_SCHEMA or from Debian.
 * They are of draft 4, whose differences to ajv's draft 7 they do not use.
 */
export function officialValidators(): (file: string) => Validator {
  const ajv = new Ajv({ strict: false, allErrors: true, messages: false });
  const folder = schemaFolder();
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".json"))) {
    const { $schema: _draft4, ...schema } = JSON.parse(readFileSync(join(folder, name), "utf8"));
    ajv.addSchema(schema, name);
  }
  return (file) => (document) => {
    ajv.validate(file, document);
    return faultPlaces(ajv.errors ?? []);
  };
}
