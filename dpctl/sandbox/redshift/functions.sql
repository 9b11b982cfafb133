-- Redshift's functions that PostgreSQL lacks or that mean something else there. They live in pg_catalog, where
-- every search path finds them, as in Redshift.

GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;

CREATE FUNCTION pg_catalog.len(value text) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN length(value);

CREATE FUNCTION pg_catalog.charindex(part text, value text) RETURNS integer IMMUTABLE STRICT
LANGUAGE sql RETURN strpos(value, part);

CREATE FUNCTION pg_catalog.strtol(value text, base integer) RETURNS bigint IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  total bigint := 0;
  digit integer;
BEGIN
  FOREACH digit IN ARRAY (SELECT array_agg(strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1)
    FROM regexp_split_to_table(CASE WHEN base = 16 THEN regexp_replace(lower(value), '^(-?)0x', '\1') ELSE lower(value) END, '') AS c) LOOP
    IF digit < 0 OR digit >= base THEN
      RAISE EXCEPTION 'The input % is not valid to be converted to base %', value, base USING ERRCODE = '22023';
    END IF;
    total := total * base + digit;
  END LOOP;
  RETURN total;
END $$;

-- What the session's last COPY and UNLOAD were; the engine sets them.
CREATE FUNCTION pg_catalog.pg_last_copy_id() RETURNS bigint STABLE
LANGUAGE sql RETURN coalesce(nullif(current_setting('redshift.last_copy_id', true), '')::bigint, -1);
CREATE FUNCTION pg_catalog.pg_last_copy_count() RETURNS bigint STABLE
LANGUAGE sql RETURN coalesce(nullif(current_setting('redshift.last_copy_count', true), '')::bigint, 0);
CREATE FUNCTION pg_catalog.pg_last_unload_id() RETURNS bigint STABLE
LANGUAGE sql RETURN coalesce(nullif(current_setting('redshift.last_unload_id', true), '')::bigint, -1);
CREATE FUNCTION pg_catalog.pg_last_unload_count() RETURNS bigint STABLE
LANGUAGE sql RETURN coalesce(nullif(current_setting('redshift.last_unload_count', true), '')::bigint, 0);
CREATE FUNCTION pg_catalog.pg_last_query_id() RETURNS bigint STABLE
LANGUAGE sql RETURN coalesce(nullif(current_setting('redshift.last_query_id', true), '')::bigint, -1);

-- What a column's type admits in Redshift and not in PostgreSQL, as checks on every such column, renewed whenever
-- a table is made or altered: varchar and char are measured in bytes, char holds ASCII only ("Character types",
-- Developer Guide), a decimal is no NaN ("Numeric types"). Their names tell the engine what to say when they are
-- violated; they are checked in the order of their names.
CREATE FUNCTION pg_catalog.redshift_limit_values() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  item record;
BEGIN
  IF current_setting('redshift.limiting', true) = 'on' THEN
    RETURN;
  END IF;
  PERFORM set_config('redshift.limiting', 'on', true);
  FOR item IN
    SELECT DISTINCT c.oid::regclass AS relation, k.conname, w.wanted, w.condition
    FROM pg_event_trigger_ddl_commands() e
    JOIN pg_class c ON c.oid = e.objid AND c.relkind = 'r' AND e.classid = 'pg_class'::regclass
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'sys_history')
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    CROSS JOIN LATERAL (
      SELECT 'bytes' AS kind, format('bytes_of_%s_%s_%s', a.attnum, format_type(a.atttypid, NULL), a.atttypmod - 4) AS wanted,
        format('octet_length(%I) <= %s', a.attname, a.atttypmod - 4) AS condition
      WHERE a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4
      UNION ALL SELECT 'ascii', format('ascii_of_%s', a.attnum), format('octet_length(%I::text) = char_length(%I::text)', a.attname, a.attname)
      WHERE a.atttypid = 'bpchar'::regtype
      UNION ALL SELECT 'number', format('number_of_%s', a.attnum), format('%I <> ''NaN''', a.attname)
      WHERE a.atttypid = 'numeric'::regtype
    ) w
    LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.conname ~ ('^' || w.kind || '_of_' || a.attnum || '(_|$)')
  LOOP
    CONTINUE WHEN item.conname = item.wanted;
    IF item.conname IS NOT NULL THEN
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', item.relation, item.conname);
    END IF;
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%s)', item.relation, item.wanted, item.condition);
  END LOOP;
  PERFORM set_config('redshift.limiting', 'off', true);
END $$;

CREATE EVENT TRIGGER redshift_limit_values ON ddl_command_end
WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE')
EXECUTE FUNCTION pg_catalog.redshift_limit_values();

-- AVG of whole numbers is a BIGINT, its fraction cut off (Developer Guide, "AVG function").
CREATE FUNCTION pg_catalog.redshift_mean(numbers bigint[]) RETURNS bigint IMMUTABLE LANGUAGE sql
RETURN numbers[2] / nullif(numbers[1], 0);
UPDATE pg_aggregate SET aggfinalfn = 'redshift_mean(bigint[])'::regprocedure,
  aggmfinalfn = CASE WHEN aggmfinalfn = 0 THEN aggmfinalfn ELSE 'redshift_mean(bigint[])'::regprocedure END
WHERE aggfnoid IN ('avg(integer)'::regprocedure, 'avg(smallint)'::regprocedure);
UPDATE pg_proc SET prorettype = 'bigint'::regtype
WHERE oid IN ('avg(integer)'::regprocedure, 'avg(smallint)'::regprocedure);

CREATE FUNCTION pg_catalog.regexp_replace(value text, pattern text) RETURNS text IMMUTABLE STRICT LANGUAGE sql
RETURN regexp_replace(value, pattern, '', 'g');
-- Redshift replaces every match, from a position on; its parameters are those of PostgreSQL's flags (i, e, p).
CREATE FUNCTION pg_catalog.redshift_regexp_replace(value text, pattern text, replacement text, start integer DEFAULT 1,
  parameters text DEFAULT '') RETURNS text IMMUTABLE STRICT LANGUAGE sql
RETURN left(value, start - 1) || regexp_replace(substr(value, start), pattern, regexp_replace(replacement, '\$(\d)', '\\\1', 'g'),
  'g' || CASE WHEN parameters LIKE '%i%' THEN 'i' ELSE '' END);
CREATE FUNCTION pg_catalog.round(value double precision, places integer) RETURNS double precision IMMUTABLE STRICT LANGUAGE sql
RETURN round(value::numeric, places)::double precision;
CREATE FUNCTION pg_catalog.trunc(value double precision, places integer) RETURNS double precision IMMUTABLE STRICT LANGUAGE sql
RETURN trunc(value::numeric, places)::double precision;
CREATE FUNCTION pg_catalog.replicate(value text, times integer) RETURNS text IMMUTABLE STRICT LANGUAGE sql RETURN repeat(value, times);
CREATE FUNCTION pg_catalog.ucase(value text) RETURNS text IMMUTABLE STRICT LANGUAGE sql RETURN upper(value);
CREATE FUNCTION pg_catalog.lcase(value text) RETURNS text IMMUTABLE STRICT LANGUAGE sql RETURN lower(value);
CREATE FUNCTION pg_catalog.octetindex(part text, value text) RETURNS integer IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN strpos(value, part) = 0 THEN 0 ELSE octet_length(left(value, strpos(value, part) - 1)) + 1 END;
CREATE FUNCTION pg_catalog.current_user_id() RETURNS integer STABLE LANGUAGE sql
BEGIN ATOMIC SELECT usesysid::integer FROM pg_catalog.pg_user WHERE usename = current_user; END;
CREATE FUNCTION pg_catalog.slice_num() RETURNS integer STABLE LANGUAGE sql RETURN 0;
CREATE FUNCTION pg_catalog.soundex(value text) RETURNS varchar IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  letters text := regexp_replace(upper(value), '[^A-Z]', '', 'g');
  codes text := translate(letters, 'AEIOUYHWBFPVCGJKQSXZDTLMNR', '000000..111122222222334556');
  found text := left(letters, 1);
  last text := left(codes, 1);
  code text;
BEGIN
  FOR i IN 2 .. length(codes) LOOP
    code := substr(codes, i, 1);
    CONTINUE WHEN code = '.';
    IF code <> '0' AND code <> last THEN
      found := found || code;
    END IF;
    last := code;
  END LOOP;
  RETURN rpad(left(found, 4), 4, '0');
END $$;
CREATE FUNCTION pg_catalog.difference(a text, b text) RETURNS integer IMMUTABLE STRICT LANGUAGE sql
RETURN (SELECT count(*)::integer FROM generate_series(1, 4) AS n WHERE substr(soundex(a), n, 1) = substr(soundex(b), n, 1));

CREATE FUNCTION pg_catalog.redshift_middle(numbers double precision[]) RETURNS double precision IMMUTABLE LANGUAGE sql
RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FROM unnest(numbers) AS n);
CREATE AGGREGATE pg_catalog.median(double precision) (SFUNC = array_append, STYPE = double precision[], FINALFUNC = redshift_middle);

-- "TEXT_TO_INT_ALT", "TEXT_TO_NUMERIC_ALT" without a format: the sign may stand behind, blanks are 0.
CREATE FUNCTION pg_catalog.redshift_alternative(value text) RETURNS numeric IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN trim(value) = '' THEN 0 ELSE regexp_replace(trim(value), '^([0-9.]+)([+-])$', '\2\1')::numeric END;
CREATE FUNCTION pg_catalog.text_to_int_alt(value text) RETURNS integer IMMUTABLE STRICT LANGUAGE sql
RETURN trunc(redshift_alternative(value))::integer;
CREATE FUNCTION pg_catalog.text_to_numeric_alt(value text, digits integer DEFAULT 38, places integer DEFAULT 0) RETURNS numeric
IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN abs(mod(redshift_alternative(value) * power(10::numeric, places), 2)) = 0.5 THEN trunc(redshift_alternative(value), places)
  ELSE round(redshift_alternative(value), places) END;

CREATE FUNCTION pg_catalog.db_collation() RETURNS varchar STABLE LANGUAGE sql RETURN 'case_sensitive'::varchar;
CREATE FUNCTION pg_catalog.current_aws_account() RETURNS varchar STABLE LANGUAGE sql
RETURN current_setting('redshift.account', true)::varchar;
CREATE FUNCTION pg_catalog.last_user_query_id() RETURNS bigint STABLE LANGUAGE sql RETURN pg_last_query_id();
CREATE FUNCTION pg_catalog.redshift_belongs(member name, role name) RETURNS boolean STABLE STRICT LANGUAGE sql
BEGIN ATOMIC
  WITH RECURSIVE up(id) AS (
    SELECT m.roleid FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.member WHERE lower(r.rolname) = lower($1)
    UNION SELECT m.roleid FROM up JOIN pg_catalog.pg_auth_members m ON m.member = up.id
  ) SELECT EXISTS (SELECT 1 FROM up JOIN pg_catalog.pg_roles r ON r.oid = up.id WHERE lower(r.rolname) = lower($2));
END;
CREATE FUNCTION pg_catalog.user_is_member_of(member name, role name) RETURNS boolean STABLE STRICT LANGUAGE sql RETURN redshift_belongs(member, role);
CREATE FUNCTION pg_catalog.role_is_member_of(member name, role name) RETURNS boolean STABLE STRICT LANGUAGE sql RETURN redshift_belongs(member, role);
CREATE FUNCTION pg_catalog.pg_get_session_roles() RETURNS SETOF record STABLE LANGUAGE sql AS $$ SELECT ''::name, 0 WHERE false $$;

-- For window functions (sql/windows.py): an element, counted from the end where the number is negative, and percentiles.
CREATE FUNCTION pg_catalog.redshift_item(items anyarray, place integer) RETURNS anyelement IMMUTABLE STRICT LANGUAGE sql
AS $$ SELECT items[CASE WHEN place < 0 THEN cardinality(items) + place + 1 ELSE place END] $$;
CREATE FUNCTION pg_catalog.redshift_percentile_cont(items double precision[], part double precision, falling boolean) RETURNS double precision
IMMUTABLE STRICT LANGUAGE sql RETURN (SELECT percentile_cont(CASE WHEN falling THEN 1 - part ELSE part END) WITHIN GROUP (ORDER BY n) FROM unnest(items) AS n);
CREATE FUNCTION pg_catalog.redshift_percentile_disc(items anyarray, part double precision, falling boolean) RETURNS anyelement IMMUTABLE STRICT
LANGUAGE sql AS $$ SELECT CASE WHEN falling THEN percentile_disc(part) WITHIN GROUP (ORDER BY n DESC) ELSE percentile_disc(part) WITHIN GROUP (ORDER BY n) END
  FROM unnest(items) AS n $$;
