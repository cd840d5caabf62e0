/** The characters that Go's encoder escapes beside JSON's own, so that the text may stand inside HTML. */
const escaped = /[<>&\u2028\u2029]/g;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** JSON with the bytes that Go's encoding/json writes: what runc's callers compare or grep stays the same. */
export function goJson(value: unknown, indent?: string): string {
  return JSON.stringify(value, null, indent).replace(escaped, escapeCharacter);
}
