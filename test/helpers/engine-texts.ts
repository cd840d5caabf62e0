// Configurations of engines, made up for property tests: all forms that tsrun has to leave as they are.
import fc from "fast-check";

const cri = 'plugins."io.containerd.grpc.v1.cri"';

/** Tables of containerd's configuration that may stand in any order, each at most once. */
const containerdTables = [
  `[${cri}]\n  sandbox_image = "pause"\n`,
  `[${cri}.containerd]\n  snapshotter = 'overlayfs' # theirs\n`,
  `[ ${cri} . containerd . runtimes . crun ]\nruntime_type = "io.containerd.runc.v2"\n`,
  `\t[${cri}.containerd.runtimes.runc.options]\n\t\tSystemdCgroup = true\n`,
  `[${cri}.registry.mirrors."docker.io"]\nendpoint = [\n  "https://a", # one\n\n  'https://b'\n]\n`,
  "[[stream]]\na = { b = 1, c = [ '#' ] }\n",
  '[debug]\ntext = """\n[not.a.table]\ndefault_runtime_name = "x"\n"""\n',
  "# [plugins.comment]\n#   key = 1\n",
  "[empty]\n",
];

const podmanTables = [
  '[containers]\nenv = ["A=[engine]"]\n',
  '[engine]\n#runtime = "crun"\n',
  '[engine.runtimes]\ncrun = [\n  "/usr/bin/crun",\n]\n',
  "[network]\nnetwork_backend = 'cni'\n",
  "# the end of something\n",
];

/** Another line end, no newline at the end, blank lines and comments between. */
function disturbed(parts: readonly string[], how: { crlf: boolean; open: boolean; mark: boolean }): string {
  let text = parts.join("");
  if (how.open) text = text.replace(/\n$/, "");
  if (how.crlf) text = text.replaceAll("\n", "\r\n");
  return how.mark ? `\uFEFF${text}` : text;
}

function documents(tables: readonly string[], first: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const between = fc.constantFrom("", "", "\n", "\n\n", "# a comment\n", "   \n");
  const blocks = fc.shuffledSubarray([...tables]).chain((chosen) =>
    fc.array(between, { minLength: chosen.length, maxLength: chosen.length }).map((gaps) => {
      return chosen.flatMap((table, index) => [gaps[index] ?? "", table]);
    }),
  );
  const how = fc.record({ crlf: fc.boolean(), open: fc.boolean(), mark: fc.boolean() });
  return fc.tuple(first, blocks, how).map(([head, parts, way]) => disturbed([head, ...parts], way));
}

/** Texts of config.toml, version 2. */
export const containerdTexts = documents(
  containerdTables,
  fc.constantFrom("version = 2\n", "# top\nversion = 2 # two\n\n", "root = '/r'\nversion = 2\n"),
);

/** Texts of containers.conf. */
export const podmanTexts = documents(podmanTables, fc.constantFrom("", "# top\n", "\n"));

/** Texts of daemon.json, from one line to generously spaced. */
export const dockerTexts = fc
  .record({
    settings: fc.dictionary(
      fc.constantFrom("debug", "hosts", "log-opts", "runtimes", "default-runtime", 'odd "name"'),
      fc.constantFrom<unknown>(true, ["a", "b,}"], { "max-size": "10m" }, "text"),
    ),
    indentation: fc.constantFrom("", " ", "  ", "\t"),
    end: fc.constantFrom("", "\n", "\n\n"),
  })
  .map(({ settings, indentation, end }) => {
    const known = { ...settings };
    if ("runtimes" in known) known["runtimes"] = { crun: { path: "crun" } };
    if ("default-runtime" in known) known["default-runtime"] = "crun";
    return JSON.stringify(known, undefined, indentation) + end;
  });
