/** A tunnel to PostgreSQL's unix socket that can be cut, or go silent without being cut. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A tunnel in use. */
export interface Tunnel {
  /** The connection URL that leads through it. */
  readonly url: string;
  /** From now on nothing passes, and nobody is told; connections made later are silent too. */
  freeze(): void;
  /** New connections pass again; the silent ones stay silent. */
  thaw(): void;
  close(): Promise<void>;
}

/** @param database a URL as the embedded PostgreSQL gives it, with its socket folder in `host` */
export async function openTunnel(database: string): Promise<Tunnel> {
  const target = new URL(database);
  const socket = `${target.searchParams.get("host")}/.s.PGSQL.5432`;
  const pairs = new Set<[Socket, Socket]>();
  let frozen = false;
  const freeze = ([near, far]: [Socket, Socket]) => {
    near.unpipe(far).pause();
    far.unpipe(near).pause();
  };
  const server = createServer((near) => {
    const pair: [Socket, Socket] = [near, connect(socket)];
    const [, far] = pair;
    pairs.add(pair);
    near.pipe(far).pipe(near);
    for (const end of pair) {
      end
        .on("error", () => undefined)
        .on("close", () => {
          near.destroy();
          far.destroy();
          pairs.delete(pair);
        });
    }
    if (frozen) freeze(pair);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `postgresql://${target.searchParams.get("user")}@127.0.0.1:${port}${target.pathname}`,
    freeze: () => {
      frozen = true;
      for (const pair of pairs) freeze(pair);
    },
    thaw: () => {
      frozen = false;
    },
    close: async () => {
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
