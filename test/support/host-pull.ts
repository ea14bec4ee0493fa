/** One pull of a host on its own TLS connection, which may resume an earlier session. */
import { once } from "node:events";
import { connect, type SecureVersion, type TLSSocket } from "node:tls";
import { eventually } from "./eventually.ts";
import { pem, type TestGateway } from "./gateway.ts";
import type { Pair } from "./revocation.ts";

/** The result of a pull. */
export interface HostPull {
  /** True if the session was resumed. */
  readonly resumed: boolean;
  readonly status: number;
  /** The session for the next connection. */
  readonly next: Buffer | undefined;
}

/** Pulls `org/private-app` with a client certificate. */
export async function pullAsHost(
  world: TestGateway,
  shown: Pair,
  version: SecureVersion,
  session?: Buffer,
): Promise<HostPull> {
  const socket: TLSSocket = connect({
    ...{ host: "127.0.0.1", port: Number(new URL(world.https).port), servername: "localhost" },
    ...{ ca: pem("ca.crt"), minVersion: version, maxVersion: version, cert: shown.cert, key: shown.key },
    ...(session === undefined ? {} : { session }),
  });
  let next: Buffer | undefined;
  socket.on("session", (given) => {
    next = given;
  });
  await once(socket, "secureConnect");
  const resumed = socket.isSessionReused();
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  socket.write(
    "GET /v2/org/private-app/manifests/1.0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
  );
  await eventually("an answer", () => text.includes("\r\n\r\n"));
  socket.destroy();
  return { resumed, status: Number(text.split(" ")[1]), next };
}
