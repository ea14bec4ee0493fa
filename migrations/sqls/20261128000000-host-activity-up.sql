-- When a host last showed its certificate, and last pulled. Not columns of hosts, whose rows a sync locks, and no reference to it:
-- a version that does not know this table deletes hosts.
CREATE TABLE host_activity (
  uuid text PRIMARY KEY,
  seen_at timestamptz NOT NULL,
  pulled_at timestamptz
);
