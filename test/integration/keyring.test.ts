import assert from "node:assert/strict";
import { type Config, mapUsers } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

/** Names and permissions, in hexadecimal, of the session keyrings that the container sees (proc_keys(5)). */
function sessionKeyrings(
  box: Sandbox,
  { id, flags = [], adjust = () => {} }: { id: string; flags?: string[]; adjust?: (config: Config) => void },
): Map<string, string> {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/cat", "/proc/keys"];
    config.linux.maskedPaths = [];
    adjust(config);
  });
  const lines = box
    .succeed(["run", "--bundle", bundle, ...flags, id])
    .stdout.trim()
    .split("\n");
  const keyrings = lines.map((line) => line.trim().split(/\s+/)).filter((fields) => fields[7] === "keyring");
  return new Map(
    keyrings.map(([, , , , permissions = "", , , , name = ""]) => [name.replace(/:$/, ""), permissions]),
  );
}

/** KEY_POS_ALL, KEY_USR_VIEW, READ, LINK, which the kernel gives, and KEY_USR_SEARCH (linux/key.h). */
const searchableByOwner = "3f1b0000";
/** The same with KEY_OTH_SEARCH instead. */
const searchableByOthers = "3f130008";

for (const [where, permissions, adjust] of [
  ["", searchableByOwner, () => {}],
  [" in a user namespace", searchableByOthers, (config: Config) => mapUsers(config, 100000, 65536)],
] as const) {
  it(`a session keyring of the container's own is named after it and can be searched${where}`, (box) => {
    const id = box.newId();
    assert.equal(sessionKeyrings(box, { id, adjust }).get(`_ses.${id}`), permissions);
  });
}

it("--no-new-keyring leaves the container without a session keyring of its own", (box) => {
  const id = box.newId();
  assert.equal(sessionKeyrings(box, { id, flags: ["--no-new-keyring"] }).has(`_ses.${id}`), false);
});
