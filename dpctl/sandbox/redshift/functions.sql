-- Redshift's functions that PostgreSQL lacks or that mean something else there. They live in pg_catalog, where
-- every search path finds them, as in Redshift.

GRANT CREATE, USAGE ON SCHEMA public TO PUBLIC;

CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp STABLE LANGUAGE sql
RETURN date_trunc('second', statement_timestamp() AT TIME ZONE current_setting('TimeZone'));

CREATE FUNCTION pg_catalog.sysdate() RETURNS timestamp STABLE LANGUAGE sql
RETURN transaction_timestamp() AT TIME ZONE current_setting('TimeZone');

CREATE FUNCTION pg_catalog.redshift_part(part text) RETURNS text IMMUTABLE STRICT LANGUAGE plpgsql AS $$
BEGIN
  RETURN CASE
    WHEN lower(part) IN ('y', 'yr', 'yrs', 'year', 'years') THEN 'year'
    WHEN lower(part) IN ('qtr', 'qtrs', 'quarter', 'quarters') THEN 'quarter'
    WHEN lower(part) IN ('mon', 'mons', 'month', 'months') THEN 'month'
    WHEN lower(part) IN ('w', 'week', 'weeks') THEN 'week'
    WHEN lower(part) IN ('d', 'day', 'days', 'dayofyear', 'doy', 'dy', 'yearday') THEN 'day'
    WHEN lower(part) IN ('h', 'hr', 'hrs', 'hour', 'hours') THEN 'hour'
    WHEN lower(part) IN ('m', 'min', 'mins', 'minute', 'minutes') THEN 'minute'
    WHEN lower(part) IN ('s', 'sec', 'secs', 'second', 'seconds') THEN 'second'
    WHEN lower(part) IN ('ms', 'msec', 'msecs', 'msecond', 'mseconds', 'millisec', 'millisecond', 'milliseconds')
      THEN 'millisecond'
    WHEN lower(part) IN ('us', 'usec', 'usecs', 'microsec', 'microsecs', 'microsecond', 'microseconds')
      THEN 'microsecond'
    ELSE part
  END;
END $$;

CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, value timestamp) RETURNS timestamp
IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  unit text := redshift_part(part);
  moved timestamp;
BEGIN
  IF unit = 'quarter' THEN
    RETURN dateadd('month', amount * 3, value);
  END IF;
  IF unit NOT IN ('year', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond', 'microsecond') THEN
    RAISE EXCEPTION 'dateadd units "%" not recognized', part USING ERRCODE = '22023';
  END IF;
  moved := value + (amount || ' ' || unit)::interval;
  -- The last day of a month stays the last day of a month.
  IF unit IN ('year', 'month') AND value::date = (date_trunc('month', value) + interval '1 month - 1 day')::date THEN
    moved := date_trunc('month', moved) + interval '1 month - 1 day' + value::time;
  END IF;
  RETURN moved;
END $$;

CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, value date) RETURNS timestamp IMMUTABLE STRICT
LANGUAGE sql RETURN dateadd(part, amount, value::timestamp);

CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, value timestamptz) RETURNS timestamptz STABLE STRICT
LANGUAGE sql RETURN dateadd(part, amount, value AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';

CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, value text) RETURNS timestamp STABLE STRICT
LANGUAGE sql RETURN dateadd(part, amount, value::timestamp);

-- The number of boundaries of a unit that lie between two moments.
CREATE FUNCTION pg_catalog.datediff(part text, a timestamp, b timestamp) RETURNS bigint
IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  unit text := redshift_part(part);
BEGIN
  CASE unit
    WHEN 'year' THEN RETURN extract(year FROM b) - extract(year FROM a);
    WHEN 'quarter' THEN
      RETURN (extract(year FROM b) * 4 + extract(quarter FROM b)) - (extract(year FROM a) * 4 + extract(quarter FROM a));
    WHEN 'month' THEN
      RETURN (extract(year FROM b) * 12 + extract(month FROM b)) - (extract(year FROM a) * 12 + extract(month FROM a));
    WHEN 'week' THEN RETURN ((date_trunc('week', b + interval '1 day'))::date - (date_trunc('week', a + interval '1 day'))::date) / 7;
    WHEN 'day' THEN RETURN b::date - a::date;
    WHEN 'hour', 'minute', 'second' THEN
      RETURN round(extract(epoch FROM date_trunc(unit, b) - date_trunc(unit, a))
        / CASE unit WHEN 'hour' THEN 3600 WHEN 'minute' THEN 60 ELSE 1 END);
    WHEN 'millisecond' THEN RETURN round(extract(epoch FROM date_trunc('milliseconds', b) - date_trunc('milliseconds', a)) * 1000);
    WHEN 'microsecond' THEN RETURN round(extract(epoch FROM b - a) * 1000000);
    ELSE RAISE EXCEPTION 'datediff units "%" not recognized', part USING ERRCODE = '22023';
  END CASE;
END $$;

CREATE FUNCTION pg_catalog.datediff(part text, a date, b date) RETURNS bigint IMMUTABLE STRICT
LANGUAGE sql RETURN datediff(part, a::timestamp, b::timestamp);

CREATE FUNCTION pg_catalog.datediff(part text, a timestamptz, b timestamptz) RETURNS bigint STABLE STRICT
LANGUAGE sql RETURN datediff(part, a AT TIME ZONE 'UTC', b AT TIME ZONE 'UTC');

CREATE FUNCTION pg_catalog.datediff(part text, a text, b text) RETURNS bigint STABLE STRICT
LANGUAGE sql RETURN datediff(part, a::timestamp, b::timestamp);

CREATE FUNCTION pg_catalog.convert_timezone(target text, value timestamp) RETURNS timestamp STABLE STRICT
LANGUAGE sql RETURN value AT TIME ZONE 'UTC' AT TIME ZONE target;

CREATE FUNCTION pg_catalog.convert_timezone(source text, target text, value timestamp) RETURNS timestamp STABLE STRICT
LANGUAGE sql RETURN value AT TIME ZONE source AT TIME ZONE target;

CREATE FUNCTION pg_catalog.convert_timezone(target text, value timestamptz) RETURNS timestamp STABLE STRICT
LANGUAGE sql RETURN value AT TIME ZONE target;

CREATE FUNCTION pg_catalog.trunc(value timestamp) RETURNS date IMMUTABLE STRICT LANGUAGE sql RETURN value::date;
CREATE FUNCTION pg_catalog.trunc(value timestamptz) RETURNS date STABLE STRICT
LANGUAGE sql RETURN (value AT TIME ZONE 'UTC')::date;

CREATE FUNCTION pg_catalog.last_day(value timestamp) RETURNS date IMMUTABLE STRICT
LANGUAGE sql RETURN (date_trunc('month', value) + interval '1 month - 1 day')::date;

CREATE FUNCTION pg_catalog.add_months(value timestamp, months integer) RETURNS timestamp IMMUTABLE STRICT
LANGUAGE sql RETURN dateadd('month', months, value);

CREATE FUNCTION pg_catalog.months_between(a timestamp, b timestamp) RETURNS double precision IMMUTABLE STRICT
LANGUAGE sql RETURN (extract(year FROM a) - extract(year FROM b)) * 12 + extract(month FROM a) - extract(month FROM b)
  + CASE WHEN (extract(day FROM a) = extract(day FROM b)) OR (a::date = last_day(a) AND b::date = last_day(b)) THEN 0
    ELSE (extract(day FROM a) - extract(day FROM b)) / 31 END;

CREATE FUNCTION pg_catalog.len(value text) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN length(value);

CREATE FUNCTION pg_catalog.charindex(part text, value text) RETURNS integer IMMUTABLE STRICT
LANGUAGE sql RETURN strpos(value, part);

CREATE FUNCTION pg_catalog.strtol(value text, base integer) RETURNS bigint IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  total bigint := 0;
  digit integer;
BEGIN
  FOREACH digit IN ARRAY (SELECT array_agg(strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1)
    FROM regexp_split_to_table(lower(value), '') AS c) LOOP
    IF digit < 0 OR digit >= base THEN
      RAISE EXCEPTION 'The input % is not valid to be converted to base %', value, base USING ERRCODE = '22023';
    END IF;
    total := total * base + digit;
  END LOOP;
  RETURN total;
END $$;

CREATE FUNCTION pg_catalog.fnv_hash(value text) RETURNS bigint IMMUTABLE STRICT
LANGUAGE sql RETURN hashtextextended(value, 0);

-- SUPER is jsonb here.
CREATE FUNCTION pg_catalog.json_parse(value text) RETURNS jsonb IMMUTABLE STRICT LANGUAGE sql RETURN value::jsonb;
CREATE FUNCTION pg_catalog.json_serialize(value jsonb) RETURNS text IMMUTABLE STRICT LANGUAGE sql RETURN value::text;
CREATE FUNCTION pg_catalog.super_path(value jsonb, VARIADIC path text[]) RETURNS jsonb IMMUTABLE STRICT
LANGUAGE sql RETURN value #> path;
CREATE FUNCTION pg_catalog.super_text(value jsonb) RETURNS text IMMUTABLE STRICT LANGUAGE sql RETURN value #>> '{}';
CREATE FUNCTION pg_catalog.super_number(value jsonb) RETURNS numeric IMMUTABLE STRICT
LANGUAGE sql RETURN CASE WHEN jsonb_typeof(value) = 'number' THEN (value #>> '{}')::numeric END;
CREATE FUNCTION pg_catalog.json_typeof(value jsonb) RETURNS text IMMUTABLE STRICT LANGUAGE sql RETURN jsonb_typeof(value);
CREATE FUNCTION pg_catalog.is_array(value jsonb) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN jsonb_typeof(value) = 'array';
CREATE FUNCTION pg_catalog.is_object(value jsonb) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN jsonb_typeof(value) = 'object';
CREATE FUNCTION pg_catalog.is_scalar(value jsonb) RETURNS boolean IMMUTABLE
LANGUAGE sql RETURN jsonb_typeof(value) NOT IN ('array', 'object');
CREATE FUNCTION pg_catalog.get_array_length(value jsonb) RETURNS integer IMMUTABLE
LANGUAGE sql RETURN CASE WHEN jsonb_typeof(value) = 'array' THEN jsonb_array_length(value) END;
CREATE FUNCTION pg_catalog.json_array_length(value text) RETURNS integer IMMUTABLE STRICT
LANGUAGE sql RETURN jsonb_array_length(value::jsonb);
CREATE FUNCTION pg_catalog.is_valid_json(value text) RETURNS boolean IMMUTABLE STRICT
LANGUAGE sql RETURN value IS JSON OBJECT;
CREATE FUNCTION pg_catalog.is_valid_json_array(value text) RETURNS boolean IMMUTABLE STRICT
LANGUAGE sql RETURN value IS JSON ARRAY;
CREATE FUNCTION pg_catalog.can_json_parse(value text) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql RETURN value IS JSON;
CREATE FUNCTION pg_catalog.json_extract_path_text(value text, VARIADIC path text[]) RETURNS text IMMUTABLE STRICT
LANGUAGE sql RETURN coalesce(value::jsonb #>> path, '');
CREATE FUNCTION pg_catalog.json_extract_array_element_text(value text, place integer) RETURNS text IMMUTABLE STRICT
LANGUAGE sql RETURN value::jsonb ->> place;

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

-- Redshift measures varchar and char in bytes, PostgreSQL in characters: a check on every such column, renewed
-- whenever a table is made or altered. Its name tells the engine what to say when it is violated (22001).
CREATE FUNCTION pg_catalog.redshift_limit_bytes() RETURNS event_trigger SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE
  item record;
BEGIN
  IF current_setting('redshift.limiting', true) = 'on' THEN
    RETURN;
  END IF;
  PERFORM set_config('redshift.limiting', 'on', true);
  FOR item IN
    SELECT DISTINCT c.oid::regclass AS relation, a.attname, a.atttypmod - 4 AS bytes, k.conname,
      format('bytes_of_%s_%s_%s', a.attnum, format_type(a.atttypid, NULL), a.atttypmod - 4) AS wanted
    FROM pg_event_trigger_ddl_commands() e
    JOIN pg_class c ON c.oid = e.objid AND c.relkind = 'r' AND e.classid = 'pg_class'::regclass
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'sys_history')
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      AND a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4
    LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.conname ~ ('^bytes_of_' || a.attnum || '_')
  LOOP
    CONTINUE WHEN item.conname = item.wanted;
    IF item.conname IS NOT NULL THEN
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', item.relation, item.conname);
    END IF;
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (octet_length(%I) <= %s)',
      item.relation, item.wanted, item.attname, item.bytes);
  END LOOP;
  PERFORM set_config('redshift.limiting', 'off', true);
END $$;

CREATE EVENT TRIGGER redshift_limit_bytes ON ddl_command_end
WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE')
EXECUTE FUNCTION pg_catalog.redshift_limit_bytes();
