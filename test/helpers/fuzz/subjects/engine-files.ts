import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { containerd, criIsOff } from "../../../../src/engine/containerd.ts";
import { docker } from "../../../../src/engine/docker.ts";
import { jsonRuntimes, podman } from "../../../../src/engine/podman.ts";
import type { Setup } from "../../../../src/engine/setup.ts";
import { unifiedDiff } from "../../../../src/engine/unified-diff.ts";
import { containerdTexts, dockerTexts, podmanTexts } from "../../engine-texts.ts";
import { tomlOf } from "../../toml.ts";
import { mangled } from "../damage.ts";
import { faultOf, firstFault } from "../fault.ts";
import { hostileStrings, nested } from "../hostile.ts";
import { type Subject, subject } from "../subject.ts";

const program = "/usr/local/bin/tsrun";

interface Engine {
  readonly name: string;
  readonly setup: Setup;
  readonly texts: fc.Arbitrary<string>;
  /** What the text says, by a reader that is not tsrun's. */
  readonly read: (text: string) => unknown;
}

const readToml = (text: string): unknown => tomlOf(text.replace(/^\uFEFF/, ""));
const engines: readonly Engine[] = [
  { name: "containerd", setup: containerd, texts: containerdTexts, read: readToml },
  { name: "podman", setup: podman(jsonRuntimes([])), texts: podmanTexts, read: readToml },
  {
    name: "docker",
    setup: docker,
    texts: dockerTexts,
    read: (text) => JSON.parse(text.replace(/^\uFEFF/, "")),
  },
];

const pieces = fc.constantFrom(
  ...[
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    ".",
    "=",
    '"""',
    "'''",
    '"',
    "'",
    "#",
    "\r",
    "\n",
    "\\",
    "\0",
    "\ufeff",
    ",",
  ],
  ...[
    '[plugins."io.containerd.grpc.v1.cri".containerd]\n',
    "runtime = 'x'\n",
    "[engine]\n",
    "a.b.c = 1\n",
    "version = 3\n",
  ],
  ...[
    "runtime_supports_json = []\n",
    '"runtimes": {},',
    '"runtimes": {"tsrun": 1},',
    "1979-05-27T07:32:00Z",
    "0x_1",
    "inf",
  ],
);
const broken = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(texts, fc.array(fc.tuple(fc.nat(4000), fc.nat(2), pieces), { minLength: 1, maxLength: 3 }))
    .map(([text, changes]) =>
      changes.reduce((old, [at, drop, piece]) => {
        const place = at % (old.length + 1);
        return old.slice(0, place) + piece + old.slice(place + drop);
      }, text),
    );

const deep = fc.constantFrom(
  ...[
    `{"runtimes": ${nested(5000)}}`,
    `a = ${"[".repeat(5000)}${"]".repeat(5000)}`,
    `[${"a.".repeat(5000)}b]\n`,
  ],
  `${"a.".repeat(5000)}b = 1\n`,
);

const inputs = fc
  .constantFrom(...engines)
  .chain(({ name, texts }) =>
    fc.tuple(
      fc.constant(name),
      fc.oneof(
        { weight: 3, arbitrary: texts },
        { weight: 8, arbitrary: broken(texts) },
        { weight: 2, arbitrary: mangled(texts) },
        { weight: 2, arbitrary: hostileStrings },
        { weight: 1, arbitrary: deep },
      ),
      fc.boolean(),
    ),
  );

function attempt(action: () => unknown): unknown {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** What is wrong with how an engine's file is changed, where it is. */
function faultOfChange({ setup, read }: Engine, text: string, asDefault: boolean): string | undefined {
  if (setup.find(text) !== undefined) return undefined;
  const made = setup.install(text, { program, asDefault });
  unifiedDiff({ name: "a", text }, { name: "a", text: made });
  if (setup.find(made) !== program) return "does not find what it has installed";
  const before = attempt(() => read(text === "" ? "{}" : text));
  // What the other reader does not take, an engine may not take either: it is nobody's configuration.
  if (before === undefined) return undefined;
  if (attempt(() => read(made)) === undefined) return `makes what is not read: ${made}`;
  const back = setup.uninstall(made, text);
  const wanted = before ?? {};
  // A version that an empty file was given may stay.
  const rest = { ...(Object.keys(wanted).length === 0 ? { version: 2 } : {}), ...wanted };
  const after = attempt(() => read(back));
  return isDeepStrictEqual(after, before) || isDeepStrictEqual(after, rest)
    ? undefined
    : `goes back to ${back}`;
}

/** Configurations of engines, as `engine install` and `uninstall` change them. */
export function engineFiles(): Subject {
  return subject(inputs, ([name, text, asDefault]) => {
    const engine = engines.find((each) => each.name === name);
    if (engine === undefined) return "no such engine";
    const fault = faultOf(
      () => faultOfChange(engine, text, asDefault),
      (found) => found,
    );
    return (
      fault ??
      firstFault(
        () => engine.setup.uninstall(text, undefined),
        () => name === "containerd" && criIsOff(text),
      )
    );
  });
}
