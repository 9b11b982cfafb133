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

CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, value time) RETURNS time IMMUTABLE STRICT
LANGUAGE sql RETURN dateadd(part, amount, date '2000-01-01' + value)::time;

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
    FROM regexp_split_to_table(CASE WHEN base = 16 THEN regexp_replace(lower(value), '^(-?)0x', '\1') ELSE lower(value) END, '') AS c) LOOP
    IF digit < 0 OR digit >= base THEN
      RAISE EXCEPTION 'The input % is not valid to be converted to base %', value, base USING ERRCODE = '22023';
    END IF;
    total := total * base + digit;
  END LOOP;
  RETURN total;
END $$;

CREATE FUNCTION pg_catalog.fnv_hash(value text) RETURNS bigint IMMUTABLE STRICT
LANGUAGE sql RETURN hashtextextended(value, 0);

-- SUPER (types.sql) and JSON in text.
CREATE FUNCTION pg_catalog.super_path(value super, VARIADIC path text[]) RETURNS super IMMUTABLE STRICT
LANGUAGE sql RETURN CASE WHEN json_typeof(value::json #> path) <> 'null' THEN (value::json #> path)::super END;
CREATE FUNCTION pg_catalog.super_elements(value super) RETURNS TABLE (element super, place bigint) IMMUTABLE LANGUAGE sql
BEGIN ATOMIC
  SELECT e.v::super, e.n - 1 FROM json_array_elements(CASE WHEN json_typeof(value::json) = 'array' THEN value::json ELSE '[]' END)
    WITH ORDINALITY AS e(v, n);
END;
CREATE FUNCTION pg_catalog.super_pairs(value super) RETURNS TABLE (element super, key varchar) IMMUTABLE LANGUAGE sql
BEGIN ATOMIC
  SELECT e.v::super, e.k::varchar FROM json_each(CASE WHEN json_typeof(value::json) = 'object' THEN value::json ELSE '{}' END) AS e(k, v);
END;
CREATE FUNCTION pg_catalog.json_typeof(value super) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql RETURN json_typeof(value::json)::varchar;
CREATE FUNCTION pg_catalog.is_array(value super) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN json_typeof(value::json) = 'array';
CREATE FUNCTION pg_catalog.is_object(value super) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN json_typeof(value::json) = 'object';
CREATE FUNCTION pg_catalog.is_scalar(value super) RETURNS boolean IMMUTABLE
LANGUAGE sql RETURN json_typeof(value::json) NOT IN ('array', 'object');
CREATE FUNCTION pg_catalog.is_boolean(value super) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN json_typeof(value::json) = 'boolean';
CREATE FUNCTION pg_catalog.is_varchar(value super) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN json_typeof(value::json) = 'string';
CREATE FUNCTION pg_catalog.is_char(value super) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN json_typeof(value::json) = 'string';
CREATE FUNCTION pg_catalog.is_integer(value super) RETURNS boolean IMMUTABLE
LANGUAGE sql RETURN json_typeof(value::json) = 'number' AND value::json::text ~ '^-?[0-9]{1,18}$';
CREATE FUNCTION pg_catalog.is_smallint(value super) RETURNS boolean IMMUTABLE
LANGUAGE sql RETURN json_typeof(value::json) = 'number' AND value::json::text ~ '^-?[0-9]{1,5}$'
  AND (value::json #>> '{}')::integer BETWEEN -32768 AND 32767;
CREATE FUNCTION pg_catalog.is_bigint(value super) RETURNS boolean IMMUTABLE
LANGUAGE sql RETURN json_typeof(value::json) = 'number' AND value::json::text ~ '^-?[0-9]{1,18}$';
CREATE FUNCTION pg_catalog.is_decimal(value super) RETURNS boolean IMMUTABLE
LANGUAGE sql RETURN json_typeof(value::json) = 'number' AND value::json::text !~ '[eE]';
CREATE FUNCTION pg_catalog.is_float(value super) RETURNS boolean IMMUTABLE
LANGUAGE sql RETURN json_typeof(value::json) = 'number' AND value::json::text ~ '[eE.]';
CREATE FUNCTION pg_catalog.get_array_length(value super) RETURNS integer IMMUTABLE
LANGUAGE sql RETURN CASE WHEN json_typeof(value::json) = 'array' THEN json_array_length(value::json) END;
CREATE FUNCTION pg_catalog.json_size(value super) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN octet_length(value::json::text);
CREATE FUNCTION pg_catalog.array_concat(a super, b super) RETURNS super IMMUTABLE STRICT LANGUAGE sql
RETURN json_parse((SELECT coalesce(json_agg(e.v ORDER BY e.n), '[]') FROM (
  SELECT v, n FROM json_array_elements(a::json) WITH ORDINALITY AS x(v, n)
  UNION ALL SELECT v, n + json_array_length(a::json) FROM json_array_elements(b::json) WITH ORDINALITY AS y(v, n)) AS e)::text);
CREATE FUNCTION pg_catalog.array_flatten(value super) RETURNS super IMMUTABLE STRICT LANGUAGE sql
RETURN json_parse((SELECT coalesce(json_agg(i.v ORDER BY o.n, i.n), '[]') FROM json_array_elements(value::json) WITH ORDINALITY AS o(v, n),
  json_array_elements(CASE WHEN json_typeof(o.v) = 'array' THEN o.v ELSE json_build_array(o.v) END) WITH ORDINALITY AS i(v, n))::text);
CREATE FUNCTION pg_catalog.subarray(value super, start integer, count integer) RETURNS super IMMUTABLE STRICT LANGUAGE sql
RETURN json_parse((SELECT coalesce(json_agg(v ORDER BY n), '[]') FROM json_array_elements(value::json) WITH ORDINALITY AS e(v, n)
  WHERE n > start AND n <= start + count)::text);
CREATE FUNCTION pg_catalog.split_to_array(value text, delimiter text DEFAULT ',') RETURNS super IMMUTABLE STRICT LANGUAGE sql
RETURN json_parse(to_json(string_to_array(value, delimiter))::text);
CREATE FUNCTION pg_catalog.array_to_string(value super, delimiter text) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql
RETURN (SELECT string_agg(v, delimiter ORDER BY n) FROM json_array_elements_text(value::json) WITH ORDINALITY AS e(v, n))::varchar;
CREATE FUNCTION pg_catalog.redshift_array(VARIADIC items "any") RETURNS json LANGUAGE internal STABLE AS 'json_build_array';
CREATE FUNCTION pg_catalog.redshift_array() RETURNS json LANGUAGE internal STABLE AS 'json_build_array_noargs';
CREATE FUNCTION pg_catalog.redshift_object(VARIADIC items "any") RETURNS json LANGUAGE internal STABLE AS 'json_build_object';
CREATE FUNCTION pg_catalog.redshift_object() RETURNS json LANGUAGE internal STABLE AS 'json_build_object_noargs';
CREATE FUNCTION pg_catalog.redshift_json(value anyelement) RETURNS json STABLE LANGUAGE sql AS $$ SELECT to_json(value) $$;
CREATE FUNCTION pg_catalog.redshift_json(value super) RETURNS json IMMUTABLE LANGUAGE sql RETURN value::json;
CREATE FUNCTION pg_catalog.redshift_compact(value json) RETURNS super IMMUTABLE STRICT LANGUAGE sql RETURN json_parse(value::text);
CREATE FUNCTION pg_catalog.json_array_length(value text) RETURNS integer IMMUTABLE STRICT
LANGUAGE sql RETURN json_array_length(value::json);
CREATE FUNCTION pg_catalog.is_valid_json(value text) RETURNS boolean IMMUTABLE STRICT
LANGUAGE sql RETURN value IS JSON OBJECT;
CREATE FUNCTION pg_catalog.is_valid_json_array(value text) RETURNS boolean IMMUTABLE STRICT
LANGUAGE sql RETURN value IS JSON ARRAY;
CREATE FUNCTION pg_catalog.can_json_parse(value text) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql RETURN value IS JSON;
CREATE FUNCTION pg_catalog.json_extract_path_text(value text, VARIADIC path text[]) RETURNS varchar IMMUTABLE STRICT
LANGUAGE sql RETURN coalesce(value::json #>> path, '')::varchar;
CREATE FUNCTION pg_catalog.json_extract_array_element_text(value text, place integer) RETURNS varchar IMMUTABLE STRICT
LANGUAGE sql RETURN (value::json ->> place)::varchar;

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
CREATE FUNCTION pg_catalog.date_trunc(part text, value date) RETURNS timestamp IMMUTABLE STRICT LANGUAGE sql
RETURN date_trunc(part, value::timestamp);
CREATE FUNCTION pg_catalog.round(value double precision, places integer) RETURNS double precision IMMUTABLE STRICT LANGUAGE sql
RETURN round(value::numeric, places)::double precision;
CREATE FUNCTION pg_catalog.trunc(value double precision, places integer) RETURNS double precision IMMUTABLE STRICT LANGUAGE sql
RETURN trunc(value::numeric, places)::double precision;
CREATE FUNCTION pg_catalog.replicate(value text, times integer) RETURNS text IMMUTABLE STRICT LANGUAGE sql RETURN repeat(value, times);
CREATE FUNCTION pg_catalog.ucase(value text) RETURNS text IMMUTABLE STRICT LANGUAGE sql RETURN upper(value);
CREATE FUNCTION pg_catalog.lcase(value text) RETURNS text IMMUTABLE STRICT LANGUAGE sql RETURN lower(value);
CREATE FUNCTION pg_catalog.octetindex(part text, value text) RETURNS integer IMMUTABLE STRICT LANGUAGE sql
RETURN octet_length(left(value, strpos(value, part) - 1)) + sign(strpos(value, part))::integer;
CREATE FUNCTION pg_catalog.date_part_year(value date) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN extract(year FROM value)::integer;
CREATE FUNCTION pg_catalog.next_day(value date, day text) RETURNS date IMMUTABLE STRICT LANGUAGE sql
RETURN (SELECT value + n FROM generate_series(1, 7) AS n WHERE lower(to_char(value + n, 'FMday')) LIKE lower(day) || '%' LIMIT 1);
CREATE FUNCTION pg_catalog.current_user_id() RETURNS integer STABLE LANGUAGE sql
BEGIN ATOMIC SELECT usesysid::integer FROM pg_catalog.pg_user WHERE usename = current_user; END;
CREATE FUNCTION pg_catalog.slice_num() RETURNS integer STABLE LANGUAGE sql RETURN 0;
CREATE FUNCTION pg_catalog.json_extract_path_text_or_null(value text, VARIADIC path text[]) RETURNS varchar IMMUTABLE STRICT
LANGUAGE plpgsql AS $$ -- in SQL, a constant would be read before CASE is asked
BEGIN
  RETURN CASE WHEN value IS JSON THEN json_extract_path_text(value, VARIADIC path) END;
END $$;
CREATE FUNCTION pg_catalog.json_array_length(value text, lenient boolean) RETURNS integer IMMUTABLE STRICT
LANGUAGE sql RETURN CASE WHEN value IS JSON ARRAY OR NOT lenient THEN json_array_length(value::json) END;
CREATE FUNCTION pg_catalog.json_extract_array_element_text(value text, place integer, lenient boolean) RETURNS varchar IMMUTABLE STRICT
LANGUAGE sql RETURN CASE WHEN value IS JSON OR NOT lenient THEN value::json ->> place END::varchar;

-- PostgreSQL has SHA-2; SHA-1 is computed here (FIPS 180-4).
CREATE FUNCTION pg_catalog.sha1(value text) RETURNS varchar IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  data bytea := convert_to(value, 'UTF8');
  bits bigint := length(data)::bigint * 8;
  m bigint := 4294967295;
  h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  w bigint[];
  a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; t bigint;
BEGIN
  data := data || '\x80'::bytea;
  data := data || decode(repeat('00', (120 - length(data) % 64) % 64), 'hex') || int8send(bits);
  FOR block IN 0 .. length(data) / 64 - 1 LOOP
    FOR i IN 0 .. 79 LOOP
      IF i < 16 THEN
        w[i] := (get_byte(data, block * 64 + i * 4)::bigint << 24) | (get_byte(data, block * 64 + i * 4 + 1) << 16)
          | (get_byte(data, block * 64 + i * 4 + 2) << 8) | get_byte(data, block * 64 + i * 4 + 3);
      ELSE
        t := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
        w[i] := ((t << 1) | (t >> 31)) & m;
      END IF;
    END LOOP;
    a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
    FOR i IN 0 .. 79 LOOP
      IF i < 20 THEN f := (b & c) | ((m # b) & d); k := 1518500249;
      ELSIF i < 40 THEN f := b # c # d; k := 1859775393;
      ELSIF i < 60 THEN f := (b & c) | (b & d) | (c & d); k := 2400959708;
      ELSE f := b # c # d; k := 3395469782;
      END IF;
      t := ((((a << 5) | (a >> 27)) & m) + f + e + k + w[i]) & m;
      e := d; d := c; c := ((b << 30) | (b >> 2)) & m; b := a; a := t;
    END LOOP;
    h := ARRAY[(h[1] + a) & m, (h[2] + b) & m, (h[3] + c) & m, (h[4] + d) & m, (h[5] + e) & m];
  END LOOP;
  RETURN lpad(to_hex(h[1]), 8, '0') || lpad(to_hex(h[2]), 8, '0') || lpad(to_hex(h[3]), 8, '0') || lpad(to_hex(h[4]), 8, '0')
    || lpad(to_hex(h[5]), 8, '0');
END $$;
CREATE FUNCTION pg_catalog.sha(value text) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql RETURN sha1(value);
CREATE FUNCTION pg_catalog.func_sha1(value text) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql RETURN sha1(value);
CREATE FUNCTION pg_catalog.sha2(value text, bits integer) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql
RETURN CASE bits WHEN 224 THEN encode(sha224(convert_to(value, 'UTF8')), 'hex') WHEN 384 THEN encode(sha384(convert_to(value, 'UTF8')), 'hex')
  WHEN 512 THEN encode(sha512(convert_to(value, 'UTF8')), 'hex') WHEN 0 THEN encode(sha256(convert_to(value, 'UTF8')), 'hex')
  WHEN 256 THEN encode(sha256(convert_to(value, 'UTF8')), 'hex') END::varchar;
CREATE FUNCTION pg_catalog.redshift_crc32(value text) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql
RETURN to_hex(crc32(convert_to(value, 'UTF8')))::varchar;
CREATE FUNCTION pg_catalog.checksum(value anyelement) RETURNS integer IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT hashtext(value::text) & 2147483647 $$;
CREATE FUNCTION pg_catalog.checksum(value text) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN hashtext(value) & 2147483647;
CREATE FUNCTION pg_catalog.farmfingerprint64(value text) RETURNS bigint IMMUTABLE STRICT LANGUAGE sql RETURN hashtextextended(value, 1);
CREATE FUNCTION pg_catalog.farmhash64(value text) RETURNS bigint IMMUTABLE STRICT LANGUAGE sql RETURN hashtextextended(value, 1);
CREATE FUNCTION pg_catalog.murmur3_32_hash(value text) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN hashtext(value);
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
