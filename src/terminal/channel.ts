import { TsrunError } from "../base/errors.ts";
import { DescriptorChannel } from "../sys/descriptor-channel.ts";
import type { Fd } from "../sys/fd.ts";

/** A terminal's ptmx in this process. */
export interface ReceivedTerminal {
  readonly ptmx: Fd;
  /** Path of the peer inside the container. */
  readonly name: string;
}

/** The way of a ptmx out of the container. */
export class TerminalChannel extends DescriptorChannel {
  /** What `sendTerminal` has sent. @throws TsrunError when it has sent nothing */
  receive(): ReceivedTerminal {
    try {
      const { descriptor, payload } = this.take();
      return { ptmx: descriptor, name: payload };
    } catch (cause) {
      throw new TsrunError("receiving the container's terminal", { cause });
    }
  }
}
