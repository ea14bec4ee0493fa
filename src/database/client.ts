/** A connection to PostgreSQL for one piece of work, beside the pools. */
import pg from "pg";

/**
 * Connects, works, and leaves.
 * @param timeoutMs milliseconds that connecting may take; as long as it likes when left out
 * @throws what connecting or `work` throws
 */
export async function withClient<T>(
  connectionString: string,
  work: (client: pg.Client) => Promise<T>,
  timeoutMs = 0,
): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: timeoutMs });
  // A connection that breaks meanwhile is told to who asks next.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
