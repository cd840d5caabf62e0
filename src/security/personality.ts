import type { Personality, PersonalityDomain } from "../oci/types.ts";
import type { Executor } from "../sys/executor.ts";
import { setPersonality } from "../sys/process.ts";

/** Execution domains by their numbers in the kernel (linux/personality.h). */
const domains: Readonly<Record<PersonalityDomain, number>> = { LINUX: 0, LINUX32: 8 };

/** Sets the execution domain, which execve(2) hands on. @throws SyscallError */
export function applyPersonality(k: Executor, { domain = "LINUX" }: Personality): void {
  setPersonality(k, domains[domain], domain);
}

/** What to do about a refusal of the kernel's: arm64 refuses LINUX32 where no CPU runs 32-bit programs. */
export function personalityHint(code: string): string | undefined {
  return code === "EINVAL" ? "no CPU of this machine runs 32-bit programs" : undefined;
}
