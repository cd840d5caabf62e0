import { type Edit, indentationAt, lineEnding } from "../text-edit.ts";
import type { JsonMember, JsonNode } from "./document.ts";

/** One step of indentation: that of the outermost object's first member. */
function indentationUnit(text: string, root: JsonNode): string {
  const first = root.members?.[0];
  const unit = first === undefined ? "" : indentationAt(text, first.start);
  return unit === "" ? "  " : unit;
}

/** A value as JSON text, its lines behind the first indented. */
function written(value: unknown, indentation: string, unit: string, newline: string): string {
  return JSON.stringify(value, undefined, unit).replaceAll("\n", newline + indentation);
}

/** Adds a member at the end of an object: on a line of its own unless the object stands on one line. */
export function addMember(
  text: string,
  root: JsonNode,
  object: JsonNode,
  name: string,
  value: unknown,
): Edit {
  const newline = lineEnding(text);
  const unit = indentationUnit(text, root);
  const last = object.members?.at(-1);
  if (last === undefined) {
    const outer = indentationAt(text, object.start);
    const member = `${JSON.stringify(name)}: ${written(value, outer + unit, unit, newline)}`;
    const lines = `{${newline}${outer}${unit}${member}${newline}${outer}}`;
    return { start: object.start, end: object.end, text: lines };
  }
  const { end } = last.node;
  if (!text.slice(object.start, last.start).includes("\n")) {
    return { start: end, end, text: `, ${JSON.stringify(name)}: ${JSON.stringify(value)}` };
  }
  const indentation = indentationAt(text, last.start);
  const member = `${JSON.stringify(name)}: ${written(value, indentation, unit, newline)}`;
  return { start: end, end, text: `,${newline}${indentation}${member}` };
}

/** Replaces a value. @param json as JSON */
export function replaceValue({ start, end }: JsonNode, json: string): Edit {
  return { start, end, text: json };
}

/** Removes members of an object, each with the comma that it no longer needs. */
export function removeMembers(object: JsonNode, gone: readonly JsonMember[]): Edit[] {
  const members = object.members ?? [];
  const kept = members.filter((member) => !gone.includes(member));
  if (kept.length === 0 && members.length > 0) {
    return [{ start: object.start + 1, end: object.end - 1, text: "" }];
  }
  return gone.map((member) => {
    const index = members.indexOf(member);
    const before = members.slice(0, index).some((each) => kept.includes(each));
    return before
      ? { start: members[index - 1]?.node.end ?? 0, end: member.node.end, text: "" }
      : { start: member.start, end: members[index + 1]?.start ?? 0, text: "" };
  });
}
