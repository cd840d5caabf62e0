// Wherever the runtime's executable lies, and whoever owns it: no container gets to it (CVE-2019-5736).
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { leaveNothing } from "../../helpers/leftovers.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";
import { type Attacked, proves, type Verdict } from "../helpers/proves.ts";
import { staticProgram } from "../helpers/static-program.ts";

leaveNothing();

const PLACES = 8;

/** @param wrapper what executes the runtime */
function overwrite(box: Sandbox, { executable, env }: Attacked, wrapper = ""): Verdict {
  const hook = join(box.directory, "hook");
  const bundle = box.bundle((config) => {
    config.process.user = { uid: 1000, gid: 1000 };
    // What happens to the file while the runtime executes it.
    const script = `[ ! -e ${hook} ] || . ${hook}`;
    const path = process.env["PATH"] ?? "";
    config.hooks = {
      createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", script], env: [`PATH=${path}`] }],
    };
  });
  const script = resolve("test/security/sealing/places.sh");
  const words = [executable, box.root, bundle, box.directory, wrapper];
  const options = { encoding: "utf8", env: { ...process.env, ...env } } as const;
  const output = execFileSync("unshare", ["--mount", "sh", script, ...words], options);
  const lines = output.trim().split("\n");
  if (lines.length !== PLACES || lines.some((line) => / fails: /.test(line))) throw new Error(output);
  const broken = lines.filter((line) => !line.endsWith(" intact"));
  return broken.length === 0 ? "held" : `broken: ${broken.join(", ")}`;
}

proves({
  cve: "CVE-2019-5736",
  title: "nobody writes to the executable, wherever it lies",
  attack: (box, attacked) => overwrite(box, attacked),
  without: ["sealing"],
});

proves({
  cve: "CVE-2019-5736",
  title: "nobody writes to the executable, wherever it lies, where the kernel refuses to seal",
  attack: (box, attacked) => overwrite(box, attacked, staticProgram("refuse-sealing")),
  without: ["read-only-executable"],
});
