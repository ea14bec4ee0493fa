-- What a login, and a catalog that Katello gives for one user or host, write: each in one statement of the gateway. Every
-- statement of a volatile function sees what has been committed before it, so what follows a lock is seen as it is by then.

-- Announces a change, in the form of src/database/change-feed/change.ts, and returns the line.
CREATE FUNCTION gateway_announce(p_kind text, p_keys text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_line text := p_kind || ' ' || array_to_string(p_keys, ' ');
BEGIN
  IF octet_length(v_line) > 7900 THEN v_line := p_kind || ' *'; END IF;
  PERFORM pg_notify('container_gateway', v_line);
  RETURN v_line;
END $$;

-- Finds or creates the user of a login, keeps the name as last typed and every spelling of it, and stores the token.
-- A user has one registry token at Katello: others of this user that were issued before it are deleted. A token that
-- another login stores at this moment is left alone. Some of the expired tokens of anybody are deleted.
CREATE FUNCTION gateway_store_login(
  p_name text, p_folded text, p_max_spellings integer, p_checksum text, p_seconds_left float8, p_age float8,
  OUT id integer, OUT has_grants boolean, OUT replaces boolean, OUT changes text[], OUT now timestamptz)
LANGUAGE plpgsql SET lock_timeout = '5s' AS $$
DECLARE
  v_id integer;
  v_stored text;
  v_has_grants boolean;
  v_lives_on boolean;
  v_was_there boolean;
  v_keys text[] := '{}';
  v_superseded text[];
BEGIN
  SELECT u.id, u.name, u.granted_at IS NOT NULL OR EXISTS (SELECT FROM repositories_users g WHERE g.user_id = u.id)
    INTO v_id, v_stored, v_has_grants
    FROM users u WHERE u.folded_name = p_folded;
  IF v_stored IS DISTINCT FROM p_name THEN
    INSERT INTO users AS u (name, folded_name, spellings) VALUES (p_name, p_folded, ARRAY[p_name])
      ON CONFLICT (folded_name) DO UPDATE SET name = excluded.name,
        spellings = (ARRAY[excluded.name] || array_remove(u.spellings, excluded.name))[1:p_max_spellings]
      RETURNING u.id, u.granted_at IS NOT NULL OR EXISTS (SELECT FROM repositories_users g WHERE g.user_id = u.id)
      INTO v_id, v_has_grants;
    v_keys := ARRAY(SELECT t.token_checksum FROM authentication_tokens t WHERE t.user_id = v_id);
  END IF;

  DELETE FROM authentication_tokens d WHERE d.id IN (
    SELECT t.id FROM authentication_tokens t WHERE t.expire_at <= now() AND t.token_checksum <> p_checksum
     ORDER BY t.id LIMIT 100 FOR UPDATE SKIP LOCKED);

  v_lives_on := EXISTS (
    SELECT FROM authentication_tokens t
     WHERE t.token_checksum = p_checksum AND t.user_id = v_id
       AND t.expire_at <= now() + make_interval(secs => p_seconds_left));
  INSERT INTO authentication_tokens AS t (token_checksum, user_id, expire_at, issued_at)
    VALUES (p_checksum, v_id, now() + make_interval(secs => p_seconds_left), now() - make_interval(secs => p_age))
    ON CONFLICT (token_checksum) DO UPDATE
      SET user_id = excluded.user_id, expire_at = excluded.expire_at, issued_at = excluded.issued_at
    RETURNING t.xmax <> 0 INTO v_was_there;
  IF v_was_there AND NOT v_lives_on THEN v_keys := v_keys || p_checksum; END IF;

  WITH deleted AS (
    DELETE FROM authentication_tokens d WHERE d.id IN (
      SELECT t.id FROM authentication_tokens t
       WHERE t.user_id = v_id AND t.token_checksum <> p_checksum AND t.issued_at < now() - make_interval(secs => p_age)
         FOR UPDATE SKIP LOCKED)
    RETURNING d.token_checksum)
  SELECT coalesce(array_agg(deleted.token_checksum), '{}') INTO v_superseded FROM deleted;

  id := v_id;
  has_grants := v_has_grants;
  replaces := cardinality(v_superseded) > 0;
  v_keys := v_keys || v_superseded;
  changes := CASE WHEN cardinality(v_keys) > 0 THEN ARRAY[gateway_announce('tokens', v_keys)] ELSE '{}' END;
  now := clock_timestamp();
END $$;

-- Makes the grants of one user (p_kind `users`) or host (`hosts`) those of a catalog that Katello gave for it alone, which
-- was fetched between p_earliest and p_latest by the clock of this database. A host without an id is added by its uuid.
-- Outcome: `stored`; `busy` while a sync writes the same grants; `mapped` if a mapping of all subjects has come since, or may
-- have; `newer` if what is stored was fetched later.
CREATE FUNCTION gateway_replace_grants(
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
  IF v_granted_at > p_latest THEN
    outcome := 'newer';
    RETURN;
  END IF;

  IF p_id IS NULL THEN
    INSERT INTO hosts AS h (uuid, granted_at) VALUES (p_uuid, p_latest)
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
    UPDATE users u SET granted_at = p_latest, left_out = false WHERE u.id = v_id;
  ELSE
    -- A host that is granted nothing may be one that Katello doesn't know yet.
    UPDATE hosts h SET granted_at = p_latest, unsettled = NOT EXISTS (
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
