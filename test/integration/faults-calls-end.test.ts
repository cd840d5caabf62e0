// Commands that change, end and show containers, with each system call of their own failed by strace (test/helpers/faults/).
import { failingCalls } from "../helpers/faults/failing-calls.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

failingCalls([
  "kill",
  "kill --all",
  "pause",
  "resume",
  "update",
  "delete",
  "delete --force",
  "state",
  "list",
  "ps",
]);
