-- The columns are those of rate-limiter-flexible, the keys checksums: who typed what is nobody's business. What it holds
-- is worth a few minutes, so it need not survive a crash.
CREATE UNLOGGED TABLE login_attempts (
  key varchar(255) PRIMARY KEY,
  points integer NOT NULL DEFAULT 0,
  expire bigint
);
CREATE INDEX login_attempts_expire ON login_attempts (expire);
