import { env } from "node:process";

/** This process's environment, NAME=VALUE each, as execve(2) takes it. */
export function ownEnvironment(): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value ?? ""}`);
}
