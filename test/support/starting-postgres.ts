/** A PostgreSQL that isn't there yet, and then is starting up, before it serves. */
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SOCKET = ".s.PGSQL.5432";

/** Returns an ErrorResponse (PostgreSQL documentation, "Message Formats"). */
function errorResponse(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5, "E");
  head.writeUInt32BE(4 + fields.length, 1);
  return Buffer.concat([head, fields]);
}

const STARTING_UP = errorResponse("57P03", "the database system is starting up");

/** Stands between a gateway and a database. */
export interface StartingPostgres {
  /** Connection URL, which leads nowhere at first. */
  readonly url: string;
  /** Listens, and tells everybody that it is starting up; resolves when somebody was told. */
  startUp(): Promise<void>;
  /** From now on passes everything on. */
  serve(): void;
  close(): Promise<void>;
}

/** @param database a URL as the embedded PostgreSQL gives it, with its socket folder in `host` */
export function startingPostgres(database: string): StartingPostgres {
  const folder = mkdtempSync(join(tmpdir(), "cgw-starting-"));
  const url = new URL(database);
  const target = join(url.searchParams.get("host") ?? "", SOCKET);
  url.searchParams.set("host", folder);
  let serves = false;
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
    return socket;
  };
  const server: Server = createServer((socket) => {
    track(socket);
    if (serves) {
      const behind = track(connect(target));
      socket.pipe(behind).pipe(socket);
      socket.on("close", () => behind.destroy());
      behind.on("close", () => socket.destroy());
      return;
    }
    socket.once("data", () => {
      socket.end(STARTING_UP);
      server.emit("told");
    });
  });
  return {
    url: url.href,
    startUp: async () => {
      server.listen(join(folder, SOCKET));
      await once(server, "told");
    },
    serve: () => {
      serves = true;
    },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
