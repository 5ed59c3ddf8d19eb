import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";

/** A line of ours on loopback to a server, that can be cut while the server goes on. */
export class TcpLine {
  readonly #sockets = new Set<Socket>();
  #cut = false;

  private constructor(readonly server: Server) {}

  /** @param target the port on 127.0.0.1 that it leads to */
  static async lay(target: number): Promise<TcpLine> {
    const server = createServer();
    const line = new TcpLine(server);
    server.on("connection", (near) => line.#join(near, target));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return line;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Whoever is on it is put off, and nobody gets on. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#cut = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, "close");
  }

  #join(near: Socket, target: number): void {
    if (this.#cut) {
      near.destroy();
      return;
    }
    const far = connect(target, "127.0.0.1");
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }
}
