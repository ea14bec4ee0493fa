-- When a user last logged in; NULL if that is not known. Tokens tell it only until they are deleted.
ALTER TABLE users ADD COLUMN last_login_at timestamptz;
UPDATE users u SET last_login_at = t.at
  FROM (SELECT user_id, max(issued_at) AS at FROM authentication_tokens WHERE isfinite(issued_at) GROUP BY user_id) t
 WHERE u.id = t.user_id;

-- Finds or creates the user of a login, keeps the name as last typed and every spelling of it, and stores the token.
-- A user has one registry token at Katello: others of this user that were issued before it are deleted. A token that
-- another login stores at this moment is left alone. Some of the expired tokens of anybody are deleted.
-- The time of the login is not recorded while a sync or another login holds the user's row: no login waits for that.
CREATE OR REPLACE FUNCTION gateway_store_login(
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

  UPDATE users u SET last_login_at = now()
   WHERE u.id = (SELECT s.id FROM users s WHERE s.id = v_id FOR NO KEY UPDATE SKIP LOCKED);

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
