import { TsrunError } from "../../base/errors.ts";
import { lazy } from "../../base/lazy.ts";
import { openLibrary } from "../koffi.ts";

/** An opaque object of libsystemd, or 0n for none. */
export type Handle = bigint;
/** Where a function writes a result, or reads numbers from. */
type Bytes = Uint8Array | Int32Array | Uint32Array | Float64Array | BigInt64Array | BigUint64Array;

/** What tsrun uses of sd-bus(3). Functions that return a number give a negated errno when they fail. */
export interface SdBus {
  new: (bus: BigUint64Array) => number;
  setAddress: (bus: Handle, address: string) => number;
  setBusClient: (bus: Handle, isBus: number) => number;
  start: (bus: Handle) => number;
  isReady: (bus: Handle) => number;
  send: (bus: Handle, message: Handle, cookie: BigUint64Array) => number;
  process: (bus: Handle, message: BigUint64Array) => number;
  wait: (bus: Handle, microseconds: bigint) => number;
  ownerCreds: (bus: Handle, mask: bigint, creds: BigUint64Array) => number;
  credsOwner: (creds: Handle, uid: Uint32Array) => number;
  unrefCreds: (creds: Handle) => Handle;
  close: (bus: Handle) => void;
  unref: (bus: Handle) => Handle;
  newCall: (
    bus: Handle,
    message: BigUint64Array,
    destination: string,
    path: string,
    interfaceName: string,
    member: string,
  ) => number;
  unrefMessage: (message: Handle) => Handle;
  appendString: (message: Handle, type: number, text: string) => number;
  appendNumber: (message: Handle, type: number, value: Bytes) => number;
  appendArray: (message: Handle, type: number, values: Bytes, size: number) => number;
  openContainer: (message: Handle, type: number, contents: string) => number;
  closeContainer: (message: Handle) => number;
  isSignal: (message: Handle, interfaceName: string, member: string) => number;
  isError: (message: Handle, name: null) => number;
  replyCookie: (message: Handle, cookie: BigUint64Array) => number;
  getError: (message: Handle) => Handle;
  peekType: (message: Handle, type: Uint8Array, contents: BigUint64Array) => number;
  enterContainer: (message: Handle, type: number, contents: string) => number;
  exitContainer: (message: Handle) => number;
  readBasic: (message: Handle, type: number, value: Bytes) => number;
  readArray: (message: Handle, type: number, start: BigUint64Array, size: BigUint64Array) => number;
}

const prototypes: { readonly [Name in keyof SdBus]: string } = {
  new: "int sd_bus_new(void *bus)",
  setAddress: "int sd_bus_set_address(void *bus, const char *address)",
  setBusClient: "int sd_bus_set_bus_client(void *bus, int b)",
  start: "int sd_bus_start(void *bus)",
  isReady: "int sd_bus_is_ready(void *bus)",
  send: "int sd_bus_send(void *bus, void *m, void *cookie)",
  process: "int sd_bus_process(void *bus, void *m)",
  wait: "int sd_bus_wait(void *bus, uint64_t usec)",
  ownerCreds: "int sd_bus_get_owner_creds(void *bus, uint64_t mask, void *creds)",
  credsOwner: "int sd_bus_creds_get_owner_uid(void *creds, void *uid)",
  unrefCreds: "void *sd_bus_creds_unref(void *creds)",
  close: "void sd_bus_close(void *bus)",
  unref: "void *sd_bus_unref(void *bus)",
  newCall:
    "int sd_bus_message_new_method_call(void *bus, void *m, const char *destination, const char *path, const char *interface, const char *member)",
  unrefMessage: "void *sd_bus_message_unref(void *m)",
  appendString: "int sd_bus_message_append_basic(void *m, char type, const char *text)",
  appendNumber: "int sd_bus_message_append_basic(void *m, char type, const void *value)",
  appendArray: "int sd_bus_message_append_array(void *m, char type, const void *values, size_t size)",
  openContainer: "int sd_bus_message_open_container(void *m, char type, const char *contents)",
  closeContainer: "int sd_bus_message_close_container(void *m)",
  isSignal: "int sd_bus_message_is_signal(void *m, const char *interface, const char *member)",
  isError: "int sd_bus_message_is_method_error(void *m, const char *name)",
  replyCookie: "int sd_bus_message_get_reply_cookie(void *m, void *cookie)",
  getError: "const void *sd_bus_message_get_error(void *m)",
  peekType: "int sd_bus_message_peek_type(void *m, void *type, void *contents)",
  enterContainer: "int sd_bus_message_enter_container(void *m, char type, const char *contents)",
  exitContainer: "int sd_bus_message_exit_container(void *m)",
  readBasic: "int sd_bus_message_read_basic(void *m, char type, void *value)",
  readArray: "int sd_bus_message_read_array(void *m, char type, void *start, void *size)",
};

/**
 * libsystemd, loaded by the first who asks: only containers under --systemd-cgroup do.
 * @throws TsrunError where this host has none
 */
export const sdBus = lazy((): SdBus => {
  try {
    const library = openLibrary("libsystemd.so.0");
    const functions = Object.entries(prototypes).map(([name, prototype]) => [name, library.func(prototype)]);
    return Object.fromEntries(functions) as SdBus;
  } catch (cause) {
    throw new TsrunError("cannot load libsystemd, through which systemd is talked to", {
      cause,
      hint: "install it (Debian: libsystemd0, others: systemd-libs or libsystemd), or leave --systemd-cgroup out",
    });
  }
});
