/** Keeps the plugin from starting on a database that the gateway has migrated. The work is in sqls/20261127000000-plugin-lock-up.sql. */
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

exports.up = (db) =>
  db.runSql(readFileSync(join(__dirname, "sqls", "20261127000000-plugin-lock-up.sql"), "utf8"));

/** Migrations only go forward: a site goes back by its backup. */
exports.down = () => Promise.reject(new Error("migrations only go forward"));
exports._meta = { version: 1 };
