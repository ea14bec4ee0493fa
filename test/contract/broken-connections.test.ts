/** Connections to PostgreSQL that break while nothing uses them. */
import { expect, test } from "@jest/globals";
import { createDatabase, query } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { openStorage } from "../support/storage.ts";

test("an idle connection that breaks is reported without what the driver knows of it", async () => {
  const database = await createDatabase();
  const reported: unknown[] = [];
  const storage = await openStorage(database, {}, (text, error) => {
    if (text.includes("an idle connection")) reported.push(error);
  });
  try {
    // The connection is idle only once the change feed has sent its test notification.
    await eventually("the change feed is connected", () => storage.changes.connected);
    await storage.overview.counts();
    await query(
      database,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    await eventually("it is reported", () => reported.length > 0);
    for (const error of reported) expect(Object.keys(Object(error))).not.toContain("client");
  } finally {
    await storage.close();
  }
});
