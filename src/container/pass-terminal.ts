import type { Fd } from "../sys/fd.ts";
import type { TerminalChannel } from "../terminal/channel.ts";
import type { DescriptorSocket } from "../terminal/descriptor-socket.ts";

/** Takes a terminal's master side out of the container and hands it to the engine, or returns it where no engine is to get it. */
export function passTerminal(
  channel: TerminalChannel | undefined,
  socket: DescriptorSocket | undefined,
): Fd | undefined {
  if (channel === undefined) return undefined;
  const { ptmx, name } = channel.receive();
  if (socket === undefined) return ptmx;
  socket.send(ptmx.number, name);
  ptmx[Symbol.dispose]();
  return undefined;
}
