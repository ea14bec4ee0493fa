/**
 * Adopts whatever is there: nothing, the Ruby plugin's tables at any of their versions, or some of them.
 * The work is in sqls/20261124000000-adopt-up.sql.
 */
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

exports.up = (db) => db.runSql(readFileSync(join(__dirname, "sqls", "20261124000000-adopt-up.sql"), "utf8"));

/** Migrations only go forward: a site goes back by its backup. */
exports.down = () => Promise.reject(new Error("migrations only go forward"));
exports._meta = { version: 1 };
