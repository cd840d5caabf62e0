import { TsrunError } from "../../base/errors.ts";

/** Where a container is among systemd's units. */
export interface UnitPlace {
  /** The unit that is the container's: `PREFIX-NAME.scope`. */
  readonly unit: string;
  /** The slice that it is in. */
  readonly slice: string;
}

const POINTER = "/linux/cgroupsPath";
const SLICE = ".slice";
/** UNIT_NAME_MAX of systemd, without the end of the string. */
const LONGEST = 255;
/** systemd.unit(5), "Description". Slices and scopes are never instances of templates, but `@` may be in their names. */
const notInNames = /[^A-Za-z0-9:_.\\@-]/g;
const howToWrite =
  'write it as "slice:prefix:name", such as "system.slice:tsrun:web": the unit is tsrun-web.scope';

/**
 * The unit of a container under --systemd-cgroup. A cgroupsPath is `slice:prefix:name`; without one the unit is
 * runc-ID.scope, as scripts that were written for runc expect. A name that ends in .slice would be the slice itself, into which
 * systemd puts no processes: runc fails when systemd says so.
 * @param user whether the user's own systemd manages it
 * @throws TsrunError for what is no name of a unit
 */
export function placeUnit(cgroupsPath: string | undefined, id: string, user: boolean): UnitPlace {
  if (!cgroupsPath) return checked({ slice: defaultSlice(user), unit: `runc-${escapeName(id)}.scope` });
  const [slice, prefix, name, ...more] = cgroupsPath.split(":");
  if (slice === undefined || prefix === undefined || name === undefined || more.length > 0) {
    throw new TsrunError(
      `expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, ` +
        `got ${JSON.stringify(cgroupsPath)} instead`,
      { pointer: POINTER, hint: `${howToWrite}; a path such as /parent/name is for the cgroupfs driver` },
    );
  }
  if (name.endsWith(SLICE)) {
    throw new TsrunError(`a slice has no processes of its own: the container cannot be ${name}`, {
      pointer: POINTER,
      hint: `"${name}:${prefix}:NAME" puts it into that slice`,
    });
  }
  return checked({ slice: slice === "" ? defaultSlice(user) : slice, unit: `${prefix}-${name}.scope` });
}

/** Where runc puts containers whose configuration doesn't say (its documentation of the systemd driver). */
function defaultSlice(user: boolean): string {
  return user ? "user.slice" : "system.slice";
}

function checked(place: UnitPlace): UnitPlace {
  expandSlice(place.slice);
  checkName(place.unit);
  return place;
}

/** Directory of a unit's cgroup below that of the manager: slices lie in each other as the dashes in their names say. */
export function unitPath({ slice, unit }: UnitPlace): string {
  const parent = expandSlice(slice);
  return parent === "/" ? `/${unit}` : `${parent}/${unit}`;
}

/**
 * `a-b.slice` as `/a.slice/a-b.slice`; `-.slice` is the root.
 * @throws TsrunError for what systemd would not take as the name of a slice
 */
export function expandSlice(slice: string): string {
  const name = slice.slice(0, -SLICE.length);
  if (slice === `-${SLICE}`) return "/";
  const parts = name.split("-");
  if (!slice.endsWith(SLICE) || parts.includes("")) {
    throw new TsrunError(`invalid slice name: ${slice}`, {
      pointer: POINTER,
      hint: 'a slice is named as "a-b.slice": dashes separate the slices that it lies in, so none begins, ends or repeats',
    });
  }
  checkName(slice);
  return parts.map((_, depth) => `/${parts.slice(0, depth + 1).join("-")}${SLICE}`).join("");
}

/** The name's directory is below its slice's: no slash passes, and a unit's suffix makes `..` a plain name. */
function checkName(unit: string): void {
  const wrong = [...new Set(unit.match(notInNames))].map((letter) => JSON.stringify(letter));
  if (wrong.length > 0) {
    throw new TsrunError(`invalid unit name ${JSON.stringify(unit)}: it has ${wrong.join(", ")} in it`, {
      pointer: POINTER,
      hint: `units are named by letters, digits and ":_.\\@-" (systemd.unit(5)); ${howToWrite}`,
    });
  }
  if (unit.length > LONGEST) {
    throw new TsrunError(`invalid unit name: ${unit.length} characters, systemd takes ${LONGEST}`, {
      pointer: POINTER,
    });
  }
}

/** Letters that ids may have and units may not, as `systemd-escape` writes them; ids are ASCII. */
function escapeName(id: string): string {
  return id.replace(notInNames, (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
