// All that our filters decide otherwise than those of other runtimes, with the reason.

/** Faults of libseccomp 2.5.4 that the comparison comes upon. Each difference that it finds must have one of these. */
export const faults = {
  "no such rule":
    "libseccomp takes the action of no rule that holds. Where a rule fails at its second condition or at a lower word, it " +
    "makes the next rule's test on the word that was loaded last (_gen_bpf_chain() counts on another); without " +
    "optimisation it does not load the call's number where the first rule is about a call that the architecture lacks " +
    "(_gen_bpf_syscalls(), acc_reset); a bound that shares its value's upper word with a shorter rule's is lost " +
    "(_db_tree_add()). On ARM it knows sync_file_range2 by its other name alone, which the kernel's header has for both.",
  disturbed:
    "the same faults: without the rules that don't hold, libseccomp takes the action that ours does.",
  entangled:
    "two bounds on one argument share the upper word of their values, and one of the rules has more conditions: libseccomp " +
    "loses that one, or reaches it from where it does not belong.",
} as const;

/** What ours do on purpose, with the test that shows it. */
export const choices: readonly { readonly what: string; readonly why: string; readonly test: string }[] = [
  {
    what: "Rules that contradict each other (the same conditions, other actions): the first one holds.",
    why: "libseccomp refuses the second with EEXIST, and runc the container. The specification does not.",
    test: "compileSeccomp() prefers the first rule without conditions, then libseccomp's order",
  },
  {
    what: "Calls newer than the profile fail with ENOSYS.",
    why: "this is runc's rule, which it puts in front of libseccomp's filter.",
    test: "compileSeccomp() answers ENOSYS to calls that are newer than the profile",
  },
  {
    what: "ARM's private calls do not make a profile one that knows all numbers below them.",
    why: "runc takes set_tls, which each engine's profile names, for the newest call: its rule never holds on ARM.",
    test: "compileSeccomp() does not take a profile that names ARM's private calls for one that knows all others",
  },
  {
    what: "A call that a rule names is never taken for newer than the profile.",
    why:
      "on x86 runc counts neither socket calls nor those of System V IPC, and answers ENOSYS to shmat where nothing with a " +
      "greater number is named beside it.",
    test: "compileSeccomp() keeps calls that only lead to named ones, beyond the last of those",
  },
  {
    what: "Architectures of other machines are no fault in a profile.",
    why: "libseccomp refuses those with another order of bytes. Their calls never occur.",
    test: "compileSeccomp() kills under an architecture that is neither named nor the machine's own",
  },
];
