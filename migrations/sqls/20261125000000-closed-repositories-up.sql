-- When Katello's list last closed a repository that was open to all: who may pull it then is said by the next mapping.
ALTER TABLE repositories ADD COLUMN closed_at timestamptz;
