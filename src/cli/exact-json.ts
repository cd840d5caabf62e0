import { goJson } from "./go-json.ts";

/** A value as JSON with 64-bit integers (bigint) written in full; otherwise as `goJson`. What is undefined is left out. */
export function exactJson(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(exactJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return goJson(value);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${goJson(name)}:${exactJson(member)}`).join(",")}}`;
}
