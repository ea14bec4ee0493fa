ALTER TABLE users
  ADD COLUMN folded_name text COLLATE "C",
  -- Every spelling that was typed, the last one first: Katello looks logins up letter by letter.
  ADD COLUMN spellings text[] NOT NULL DEFAULT '{}',
  -- Katello's last mapping did not name this user: who knows the login in another spelling only is asked about again.
  ADD COLUMN left_out boolean NOT NULL DEFAULT false;

-- Katello granted this host nothing when it was met here, and no sync has named it since: it may just have been registered.
ALTER TABLE hosts ADD COLUMN unsettled boolean NOT NULL DEFAULT false;

-- When Katello issued the token, or moved its end on: grants that were told before that may be out of date.
ALTER TABLE authentication_tokens ADD COLUMN issued_at timestamptz NOT NULL DEFAULT '-infinity';

-- Failed logins and those that are under way, by checksums of accounts and addresses, and by gateway. They are worth a
-- few minutes, so they need not survive a crash.
DROP TABLE login_attempts;
CREATE UNLOGGED TABLE login_attempts (
  key text COLLATE "C" PRIMARY KEY,
  -- The bound of the last login that asked, and whether it was let through.
  most integer NOT NULL,
  admitted boolean NOT NULL,
  failures integer NOT NULL,
  forgotten_at timestamptz NOT NULL,
  under_way integer NOT NULL,
  -- When those that are under way count as abandoned, by a process that died.
  abandoned_at timestamptz NOT NULL
);
CREATE INDEX login_attempts_forgotten ON login_attempts (forgotten_at);
