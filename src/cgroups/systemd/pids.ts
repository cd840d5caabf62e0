import type { Resources } from "../../oci/types.ts";
import { toFiles } from "../common/pids.ts";
import { number64, type UnitProperty } from "./property.ts";

/** linux.resources.pids as a property of a unit, which says what the file says. */
export function toProperties({ pids }: Resources): UnitProperty[] {
  const files = pids === undefined ? [] : toFiles({ pids });
  return files.map(({ value }) => number64("TasksMax", value === "max" ? -1 : Number(value)));
}
