// What containers that are there already cost the next one.
import type { Contender } from "./contenders.ts";
import { measureRow, type Setting } from "./measure.ts";
import type { Row } from "./results.ts";

const AT_A_TIME = 4;
const MOST_ROUNDS = 30;
const WARM_UP = 2;

/** Calls that go on `AT_A_TIME` at once until the list is empty. */
async function inParallel(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...tasks];
  const work = async (): Promise<void> => {
    for (let task = left.pop(); task !== undefined; task = left.pop()) {
      await task();
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
}

/** Created containers of every runtime. */
class Crowd {
  readonly #setting: Setting;
  readonly #bundle: string;
  readonly #members: (readonly [contender: Contender, id: string])[] = [];
  #size = 0;

  constructor(setting: Setting, bundle: string) {
    this.#setting = setting;
    this.#bundle = bundle;
  }

  /** Makes containers until each runtime has `size`. */
  async growTo(size: number): Promise<void> {
    const { arena, contenders } = this.#setting;
    const news = contenders.flatMap((contender) =>
      Array.from({ length: size - this.#size }, () => [contender, arena.nextId()] as const),
    );
    const create = async (contender: Contender, id: string): Promise<void> => {
      await arena.end(arena.start(contender, "create", "--bundle", this.#bundle, id));
    };
    this.#members.push(...news);
    this.#size = size;
    await inParallel(
      news.map(
        ([contender, id]) =>
          () =>
            create(contender, id),
      ),
    );
  }

  async disperse(): Promise<void> {
    const { arena } = this.#setting;
    const remove = async (contender: Contender, id: string): Promise<void> => {
      await arena.end(arena.start(contender, "delete", "--force", id));
    };
    await inParallel(
      this.#members.map(
        ([contender, id]) =>
          () =>
            remove(contender, id),
      ),
    );
  }
}

/** `create` beside more and more containers: with a row for each number, whose growth report.ts works out. */
export async function crowdRows(setting: Setting): Promise<readonly Row[]> {
  const { arena, effort } = setting;
  const bundle = arena.bundle({ args: ["/bin/true"] });
  const crowd = new Crowd(setting, bundle);
  const rows: Row[] = [];
  for (const size of effort.crowds) {
    await crowd.growTo(size);
    const measure = (contender: Contender): number => {
      const id = arena.nextId();
      const time = arena.call(contender, "create", "--bundle", bundle, id);
      arena.call(contender, "delete", "--force", id);
      return time;
    };
    const title = `\`create\` beside ${size} container${size === 1 ? "" : "s"}`;
    const rounds = Math.min(effort.rounds, MOST_ROUNDS);
    const row = await measureRow(setting, { title, unit: "ms", rounds, warmUp: WARM_UP, measure });
    rows.push({ ...row, beside: size });
  }
  await crowd.disperse();
  return rows;
}
