/** A single connection to PostgreSQL outside of the pools. */
import pg from "pg";

/**
 * Runs `work` on a new connection, and closes it.
 * @param timeoutMs timeout of connecting; 0 for none
 * @throws what connecting or `work` throws
 */
export async function withClient<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
  timeoutMs = 0,
): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: timeoutMs });
  // If the connection breaks, the next query fails; without a listener the event would end the process.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
