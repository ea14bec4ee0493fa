-- Names are compared and sorted by their bytes, so that the one index serves both.
ALTER TABLE repositories ALTER COLUMN name TYPE text COLLATE "C";

-- A repository that was granted before it is listed: it keeps its grants, and opens nothing until it is.
ALTER TABLE repositories ADD COLUMN listed boolean NOT NULL DEFAULT true;
CREATE INDEX repositories_unlisted ON repositories (id) WHERE NOT listed;

-- Grants are written by the million, and a foreign key costs as much for each row as writing it. What pushes take away
-- they take away with its grants; a grant that is left over opens nothing, for no id is ever given twice.
DO $$
DECLARE
  reference record;
BEGIN
  FOR reference IN
    SELECT conrelid::regclass AS mapping, conname FROM pg_constraint
     WHERE contype = 'f' AND conrelid IN ('repositories_users'::regclass, 'hosts_repositories'::regclass)
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', reference.mapping, reference.conname);
  END LOOP;
END
$$;

-- From a repository to its hosts it is enough to find the rows; with one column the index is a quarter of the size.
DROP INDEX hosts_repositories_repository;
CREATE INDEX hosts_repositories_repository ON hosts_repositories (repository_id);

ALTER TABLE pushes
  ADD COLUMN seconds double precision NOT NULL DEFAULT 0,
  ADD COLUMN caller text NOT NULL DEFAULT '',
  ADD COLUMN outcome text NOT NULL DEFAULT 'done',
  ADD COLUMN bytes bigint NOT NULL DEFAULT 0,
  ADD COLUMN invalid_entries integer[] NOT NULL DEFAULT '{}';
