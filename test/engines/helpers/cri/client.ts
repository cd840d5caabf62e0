import { type Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { loadServices } from "./protocol.ts";

/** A message, as the protocol has it; enums are their names, 64-bit numbers are numbers. */
// biome-ignore lint/suspicious/noExplicitAny: the protocol is read at run time
export type Message = any;

type Method = (request: Message, answer: (error: ServiceError | null, response: Message) => void) => void;

/** A client of the CRI's two services: what kubelet is to a container engine. */
export class CriClient {
  readonly #clients: readonly Client[];

  /** @param socket a path on this side */
  constructor(socket: string) {
    this.#clients = loadServices().map(
      (Service) => new Service(`unix://${socket}`, credentials.createInsecure()),
    );
  }

  /** Calls a method of either: "RunPodSandbox". @throws ServiceError with the engine's `code` and `details` */
  call(method: string, request: Message = {}): Promise<Message> {
    return new Promise((done, failed) => {
      const answer = (error: ServiceError | null, response: Message) =>
        error ? failed(error) : done(response);
      for (const client of this.#clients as unknown as Record<string, Method | undefined>[]) {
        client[method]?.(request, answer);
      }
    });
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}
