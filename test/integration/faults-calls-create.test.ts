// Commands that make containers, with each system call of their own failed by strace (test/helpers/faults/).
import { failingCalls } from "../helpers/faults/failing-calls.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

failingCalls(["create", "create with everything", "run --detach", "start"]);
