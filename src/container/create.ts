import { construct } from "./construct.ts";
import type { CreateRequest, RuntimeOptions } from "./options.ts";
import { passedDescriptors } from "./passed-descriptors.ts";
import { prepareConfig } from "./prepare-config.ts";
import { shield } from "./shield.ts";

/** Creates a container whose init waits for `start` (runtime-spec runtime.md "create"). @throws TsrunError; nothing is left */
export function create(options: RuntimeOptions, request: CreateRequest): void {
  shield(passedDescriptors(request.preserveFds).count);
  construct(options, request, prepareConfig(request.bundle, options.root), true);
}
