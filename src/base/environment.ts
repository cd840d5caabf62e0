/** What the executable adds to its own environment for the engine (scripts/executable/deaf-entry.ts). */
const ADDED = "BUN_JSC_useJIT";

/** The environment that this process was started with, NAME=VALUE each, as execve(2) takes it. */
export function ownEnvironment(): string[] {
  const variables = Object.entries(process.env).filter(([name]) => name !== ADDED);
  return variables.map(([name, value]) => `${name}=${value ?? ""}`);
}
