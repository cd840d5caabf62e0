// Commands that stay until a program ends, with each system call of their own failed by strace (test/helpers/faults/).
import { failingCalls } from "../helpers/faults/failing-calls.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

failingCalls(["run", "run with everything", "exec", "exec --detach"]);
