/** A tunnel to PostgreSQL's unix socket that can be closed, or frozen without being closed. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A tunnel in use. */
export interface Tunnel {
  /** The connection URL through it. */
  readonly url: string;
  /** Number of queries that PostgreSQL has answered so far: each is a round trip. */
  roundTrips(): number;
  /** Freezes it without notice to either side; later connections are frozen, too. */
  freeze(): void;
  /** Forwards new connections again; frozen ones stay frozen. */
  thaw(): void;
  close(): Promise<void>;
}

/** Type of the message that ends a reply to a query: ReadyForQuery (PostgreSQL documentation, "Message Formats"). */
const READY_FOR_QUERY = "Z".charCodeAt(0);
/** Reply of one byte, without a length, to a client that requests TLS when there is none. */
const NO_TLS = "N".charCodeAt(0);

/** Counts the messages of a type that PostgreSQL sends over one connection. */
function countMessages(type: number, found: () => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let isFirst = true;
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (isFirst && rest[0] === NO_TLS && rest.length === 1) rest = Buffer.alloc(0);
    else if (rest.length > 0) isFirst = false;
    while (rest.length >= 5 && rest.length >= 1 + rest.readUInt32BE(1)) {
      if (rest[0] === type) found();
      rest = rest.subarray(1 + rest.readUInt32BE(1));
    }
  };
}

/** @param database a URL of the embedded PostgreSQL, with its socket folder in `host` */
export async function openTunnel(database: string): Promise<Tunnel> {
  const target = new URL(database);
  const socket = `${target.searchParams.get("host")}/.s.PGSQL.5432`;
  const pairs = new Set<[Socket, Socket]>();
  let frozen = false;
  let roundTrips = 0;
  const freeze = ([near, far]: [Socket, Socket]) => {
    near.unpipe(far).pause();
    far.unpipe(near).pause();
  };
  const server = createServer((near) => {
    const pair: [Socket, Socket] = [near, connect(socket)];
    const [, far] = pair;
    pairs.add(pair);
    far.on(
      "data",
      countMessages(READY_FOR_QUERY, () => {
        roundTrips += 1;
      }),
    );
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
    roundTrips: () => roundTrips,
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
