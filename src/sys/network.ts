import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;
/** struct ifreq: the name in 16 bytes, then a union that holds the flags. */
const IFREQ_SIZE = 40;
const IFREQ_FLAGS = 16;

/**
 * Brings a network interface up (netdevice(7), SIOCSIFFLAGS; CAP_NET_ADMIN); queued. A socket of any family takes the
 * request, that of unix(7) needs no IPv4 in the kernel.
 */
export function bringUp(k: Executor, name: string): void {
  using socket = new Fd(k, k.open({ name: "socket", args: [AF_UNIX, SOCK_DGRAM_CLOEXEC, 0] }));
  const request = k.memory.alloc(IFREQ_SIZE);
  k.memory.bytes.set(new TextEncoder().encode(name), k.memory.offset(request));
  k.memory.setU32(request + IFREQ_FLAGS, IFF_UP);
  k.queue({
    name: "ioctl",
    args: [socket.number, SIOCSIFFLAGS, request],
    subject: `SIOCSIFFLAGS ${name} up`,
  });
}
