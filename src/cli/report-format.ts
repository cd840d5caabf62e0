/** The flag of commands that report to people or, as JSON, to programs. */
export const reportFormat = {
  type: "string",
  alias: "f",
  default: "text",
  choices: ["text", "json"],
  describe: "form of the output",
} as const;
