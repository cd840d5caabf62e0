/** This process's environment, NAME=VALUE each, as execve(2) takes it. */
export function ownEnvironment(): string[] {
  return Object.entries(process.env).map(([name, value]) => `${name}=${value ?? ""}`);
}
