-- When Katello itself last told a host's grants, apart from its mappings of all hosts.
ALTER TABLE hosts ADD COLUMN granted_at timestamptz;
