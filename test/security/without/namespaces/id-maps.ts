import * as original from "../../../../src/namespaces/id-maps.ts";
import { isOut } from "../is-out.ts";
import { wrapped } from "../wrapped.ts";

export * from "../../../../src/namespaces/id-maps.ts";

type Mappings = Parameters<typeof original.writeIdMaps>[1];

/** The mappings whose text fits into a length of 16 bits. */
function fitting(mappings: Mappings): Mappings {
  let room = wrapped(original.mapText(mappings).length);
  const end = mappings.findIndex((mapping) => {
    room -= original.mapText([mapping]).length;
    return room < 0;
  });
  return end < 0 ? mappings : mappings.slice(0, end);
}

export const writeIdMaps: typeof original.writeIdMaps = (pid, uids, gids, pointer) => {
  const fit = isOut("lengths") ? fitting : (mappings: Mappings) => mappings;
  original.writeIdMaps(pid, fit(uids), fit(gids), pointer);
};
