-- Makes the grants of one user (p_kind `users`) or host (`hosts`) those of a catalog that Katello gave for it alone, which
-- was fetched between p_earliest and p_latest by the clock of this database. A host without an id is added by its uuid.
-- Outcome: `stored`; `busy` while a sync writes the same grants; `mapped` if a mapping of all subjects has come since, or may
-- have; `newer` if what is stored was fetched later, or if Katello has sent the grants of this host since, or may have.
CREATE OR REPLACE FUNCTION gateway_replace_grants(
  p_kind text, p_id integer, p_uuid text, p_names text[], p_earliest timestamptz, p_latest timestamptz,
  p_lock_class integer, p_lock integer,
  OUT outcome text, OUT id integer, OUT listed integer, OUT changes text[])
LANGUAGE plpgsql SET lock_timeout = '5s' AS $$
DECLARE
  v_table text := CASE p_kind WHEN 'users' THEN 'repositories_users' ELSE 'hosts_repositories' END;
  v_column text := CASE p_kind WHEN 'users' THEN 'user_id' ELSE 'host_id' END;
  v_mapping text := CASE p_kind WHEN 'users' THEN 'user_grants' ELSE 'host_grants' END;
  v_id integer := p_id;
  v_granted_at timestamptz;
  v_repositories integer[];
  v_listed integer;
  v_deleted bigint;
  v_inserted bigint;
  v_latest timestamptz;
BEGIN
  changes := '{}';
  listed := 0;
  IF NOT pg_try_advisory_xact_lock_shared(p_lock_class, p_lock) THEN
    outcome := 'busy';
    RETURN;
  END IF;

  IF v_id IS NULL THEN SELECT h.id INTO v_id FROM hosts h WHERE h.uuid = p_uuid; END IF;
  id := v_id;
  IF v_id IS NOT NULL THEN
    EXECUTE format('SELECT granted_at FROM %I WHERE id = $1 FOR NO KEY UPDATE', p_kind) INTO v_granted_at USING v_id;
  END IF;
  -- A time still to come is from before the clock was set back, and says nothing.
  IF v_granted_at > clock_timestamp() THEN v_granted_at := NULL; END IF;
  IF EXISTS (SELECT FROM pushes p
              WHERE p.kind = v_mapping AND p.outcome = 'done'
                AND p.at > greatest(p_earliest, v_granted_at) AND p.at <= clock_timestamp()) THEN
    outcome := 'mapped';
    RETURN;
  END IF;
  -- A clock that was read slowly leaves p_latest far from the fetch, even in the future.
  v_latest := least(p_latest, clock_timestamp());
  IF v_granted_at > v_latest
     OR p_kind = 'hosts' AND v_granted_at > p_earliest AND EXISTS (
       SELECT FROM pushes p WHERE p.kind = 'one_host_grants' AND p.outcome = 'done' AND p.at = v_granted_at) THEN
    outcome := 'newer';
    RETURN;
  END IF;

  IF p_id IS NULL THEN
    INSERT INTO hosts AS h (uuid, granted_at) VALUES (p_uuid, v_latest)
      ON CONFLICT (uuid) DO UPDATE SET granted_at = excluded.granted_at
      RETURNING h.id INTO v_id;
    id := v_id;
  END IF;

  -- Repositories that aren't listed get a row that opens nothing until they are, and stay until the grant is there.
  INSERT INTO repositories (name, auth_required, listed)
    SELECT w.name, true, false FROM unnest(p_names) AS w (name)
     WHERE NOT EXISTS (SELECT FROM repositories r WHERE r.name = w.name) ORDER BY w.name COLLATE "C"
    ON CONFLICT DO NOTHING;
  PERFORM FROM repositories r WHERE NOT r.listed AND r.name = ANY(p_names) ORDER BY r.id FOR KEY SHARE;
  SELECT coalesce(array_agg(r.id), '{}'), count(*) FILTER (WHERE r.listed)
    INTO v_repositories, v_listed
    FROM repositories r WHERE r.name = ANY(p_names);
  listed := v_listed;

  IF p_kind = 'users' THEN
    UPDATE users u SET granted_at = v_latest, left_out = false WHERE u.id = v_id;
  ELSE
    -- A host that is granted nothing may be one that Katello doesn't know yet.
    UPDATE hosts h SET granted_at = v_latest, unsettled = NOT EXISTS (
        SELECT FROM repositories r WHERE r.id = ANY(v_repositories) AND r.auth_required)
     WHERE h.id = v_id;
  END IF;
  EXECUTE format('DELETE FROM %I WHERE %I = $1 AND repository_id <> ALL($2)', v_table, v_column)
    USING v_id, v_repositories;
  GET DIAGNOSTICS v_deleted = ROW_COUNT;
  EXECUTE format(
    'INSERT INTO %I (%I, repository_id) SELECT $1, w.id FROM unnest($2) AS w (id) ON CONFLICT DO NOTHING', v_table, v_column)
    USING v_id, v_repositories;
  GET DIAGNOSTICS v_inserted = ROW_COUNT;
  IF v_deleted + v_inserted > 0 THEN changes := ARRAY[gateway_announce(p_kind, ARRAY[v_id::text])]; END IF;
  outcome := 'stored';
END $$;
