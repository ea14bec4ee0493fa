-- Two rows of one account, which the database's own lower case told apart, become one with the grants of both.
CREATE TEMPORARY TABLE same_login ON COMMIT DROP AS
  SELECT id, min(id) OVER (PARTITION BY folded_name) AS kept,
         array_agg(name) OVER (PARTITION BY folded_name ORDER BY id DESC
                               ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS spellings
    FROM users;
INSERT INTO repositories_users (repository_id, user_id)
  SELECT g.repository_id, s.kept FROM repositories_users g JOIN same_login s ON s.id = g.user_id AND s.kept <> s.id
  ON CONFLICT DO NOTHING;
DELETE FROM repositories_users g USING same_login s WHERE s.id = g.user_id AND s.kept <> s.id;
UPDATE authentication_tokens t SET user_id = s.kept FROM same_login s WHERE s.id = t.user_id AND s.kept <> s.id;
DELETE FROM users USING same_login s WHERE s.id = users.id AND s.kept <> s.id;
DROP INDEX users_name;
UPDATE users SET spellings = s.spellings, name = s.spellings[1]
  FROM same_login s WHERE s.id = users.id AND cardinality(s.spellings) > 1;

-- One row that may have been two accounts: the database's lower case is another one than Foreman's. Who logs in again is
-- told the grants again.
DELETE FROM authentication_tokens WHERE user_id IN (SELECT id FROM users WHERE lower(name) <> folded_name);
DELETE FROM repositories_users WHERE user_id IN (SELECT id FROM users WHERE lower(name) <> folded_name);

ALTER TABLE users ALTER COLUMN folded_name SET NOT NULL;
CREATE UNIQUE INDEX users_folded_name ON users (folded_name);
