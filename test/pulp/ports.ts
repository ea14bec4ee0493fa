/** Ports for programs that can't choose a free port themselves. */
import { createServer, type Server } from "node:net";

const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

function hold(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** The first of `count` consecutive free ports. They are below the system's ephemeral ports, so that they stay free. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const first = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    const held = await Promise.all(Array.from({ length: count }, (_, index) => hold(first + index)));
    await Promise.all(held.map((server) => server && new Promise((resolve) => server.close(resolve))));
    if (held.every((server) => server !== undefined)) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}
