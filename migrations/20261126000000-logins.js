/**
 * Logins in the form in which Foreman compares them, every spelling that was typed, and failed logins of this gateway as
 * Foreman counts them. The work is in sqls/20261126000000-logins-*.sql, but for the folding, which no collation does right.
 */
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const sql = (part) => readFileSync(join(__dirname, "sqls", `20261126000000-logins-${part}.sql`), "utf8");

/** As src/model/logins.ts folds a login, and Ruby's `downcase`. */
const fold = (login) => Array.from(login, (letter) => letter.toLowerCase()).join("");

exports.up = async (db) => {
  await db.runSql(sql("columns-up"));
  const users = await db.runSql("SELECT id, name FROM users");
  await db.runSql(
    `UPDATE users SET folded_name = f.folded, spellings = ARRAY[name]
       FROM unnest($1::int[], $2::text[]) AS f (id, folded) WHERE f.id = users.id`,
    [users.rows.map(({ id }) => id), users.rows.map(({ name }) => fold(name))],
  );
  await db.runSql(sql("merge-up"));
};

/** Migrations only go forward: a site goes back by its backup. */
exports.down = () => Promise.reject(new Error("migrations only go forward"));
exports._meta = { version: 1 };
