// Commands on a container that runs.
import { type Setting, timed } from "./measure.ts";
import type { Row } from "./results.ts";

/** Measures with a container of each runtime's that sleeps. */
async function withRunning(
  { arena, contenders }: Setting,
  action: (idOf: (runtime: string) => string) => Promise<Row>,
): Promise<Row> {
  const bundle = arena.bundle({ args: ["/bin/sleep", "1000"] });
  const ids = new Map(contenders.map(({ name }) => [name, arena.nextId()]));
  const idOf = (name: string): string => ids.get(name) ?? "";
  for (const contender of contenders) {
    arena.call(contender, "run", "--detach", "--bundle", bundle, idOf(contender.name));
  }
  const row = await action(idOf);
  for (const contender of contenders) {
    arena.call(contender, "delete", "--force", idOf(contender.name));
  }
  return row;
}

/** Each call asks for another limit. */
export function update(setting: Setting): Promise<Row> {
  let limit = 100;
  return withRunning(setting, (idOf) =>
    timed(setting, "`update --pids-limit`", (contender) =>
      setting.arena.call(contender, "update", "--pids-limit", String(++limit), idOf(contender.name)),
    ),
  );
}

/** Of a program that ends at once. */
export function exec(setting: Setting): Promise<Row> {
  return withRunning(setting, (idOf) =>
    timed(setting, "`exec` of /bin/true", (contender) =>
      setting.arena.call(contender, "exec", idOf(contender.name), "/bin/true"),
    ),
  );
}

export function pauseAndResume(setting: Setting): Promise<Row> {
  const { arena } = setting;
  return withRunning(setting, (idOf) =>
    timed(setting, "`pause`, `resume`", (contender) => {
      const id = idOf(contender.name);
      return arena.call(contender, "pause", id) + arena.call(contender, "resume", id);
    }),
  );
}
