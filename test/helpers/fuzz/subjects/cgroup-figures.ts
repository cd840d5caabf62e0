import fc from "fast-check";
import { statsParts } from "../../../../src/cgroups/stats.ts";
import { readStats as readStats1 } from "../../../../src/cgroups/v1/stats.ts";
import { readStats as readStats2 } from "../../../../src/cgroups/v2/stats.ts";
import { firstFault } from "../fault.ts";
import { hostileStrings } from "../hostile.ts";
import { type Subject, subject } from "../subject.ts";

const word = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      ...[
        "0",
        "1",
        "42",
        "-1",
        "max",
        "18446744073709551615",
        "18446744073709551616",
        "8:0",
        "Read",
        "Total",
        "0-3",
        "3-1",
      ],
      ...[
        "0-99999999999",
        "some",
        "full",
        "avg10=0.5",
        "avg60=1.2.3",
        "avg300=9",
        "total=7",
        "usage_usec",
        "rss",
        "mlx5_0",
      ],
      ...[
        "hca_handle=2",
        "rbytes=5",
        "__proto__",
        "constructor",
        ",",
        "0,2-4",
        "1e9",
        "0x10",
        "user",
        "system",
      ],
    ),
  },
  { weight: 1, arbitrary: hostileStrings },
);
const line = fc
  .tuple(fc.array(word, { maxLength: 5 }), fc.constantFrom(" ", " ", "=", "  "))
  .map(([words, between]) => words.join(between));
const psi = "some avg10=0.00 avg60=0.00 avg300=0.00 total=0";
const text = fc
  .array(fc.oneof({ weight: 5, arbitrary: line }, { weight: 1, arbitrary: fc.constant(psi) }), {
    maxLength: 6,
  })
  .map((lines) => `${lines.join("\n")}\n`);
const texts = fc.array(fc.option(text, { nil: undefined }), { minLength: 1, maxLength: 8 });

/** Files of a cgroup: each read takes the next of the texts, in turn. */
function reader(list: readonly (string | undefined)[]): () => string | undefined {
  let next = 0;
  return () => list[next++ % list.length];
}

const controllers = ["cpu", "cpuacct", "cpuset", "memory", "pids", "blkio", "hugetlb", "rdma"];
const v1Paths = new Map(controllers.map((name) => [name, `/cgroup/${name}`]));
const pages = ["2MB", "1GB"];

/** What cgroups count: figures, or one line that says which file is strange. */
export function cgroupFigures(): Subject {
  return subject(texts, (list) =>
    firstFault(
      () => readStats1(v1Paths, statsParts, reader(list), pages),
      () => readStats2("/cgroup", statsParts, reader(list), pages),
      ...statsParts.flatMap((part) => [
        () => readStats1(v1Paths, [part], reader(list), pages),
        () => readStats2("/cgroup", [part], reader(list), pages),
      ]),
    ),
  );
}
