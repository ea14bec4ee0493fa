/** When users last logged in. The work is in sqls/20261128020000-last-login-up.sql. */
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

exports.up = (db) =>
  db.runSql(readFileSync(join(__dirname, "sqls", "20261128020000-last-login-up.sql"), "utf8"));

/** Migrations only go forward: a site goes back by its backup. */
exports.down = () => Promise.reject(new Error("migrations only go forward"));
exports._meta = { version: 1 };
