-- Redshift's own types under the numbers (OIDs) its drivers know: SUPER 4000, VARBYTE 6551.
--
-- SUPER keeps JSON as it was parsed: the order of keys and the spelling of numbers stay. Comparing goes by value.
-- VARBYTE keeps hexadecimal text, which is also what Redshift sends; its modifier is the length in bytes plus 4.

CREATE TYPE pg_catalog.super;
UPDATE pg_type SET oid = 4000 WHERE typname = 'super' AND typnamespace = 'pg_catalog'::regnamespace;
CREATE FUNCTION pg_catalog.superin(cstring) RETURNS super LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'json_in';
CREATE FUNCTION pg_catalog.superout(super) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'json_out';
CREATE FUNCTION pg_catalog.superrecv(internal) RETURNS super LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'json_recv';
CREATE FUNCTION pg_catalog.supersend(super) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'json_send';
CREATE TYPE pg_catalog.super (INPUT = superin, OUTPUT = superout, RECEIVE = superrecv, SEND = supersend, LIKE = json);

CREATE CAST (super AS json) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (json AS super) WITHOUT FUNCTION AS ASSIGNMENT;

-- JSON without the blanks between its tokens, and with its characters as they are: only control characters,
-- quotes and backslashes stay escaped.
-- An individual SUPER holds up to 16 MB ("Limitations" of SUPER, Developer Guide). Never true: see casts.sql; it
-- takes the value so that PostgreSQL does not call it once and for all.
CREATE FUNCTION pg_catalog.redshift_too_large(value text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'SUPER value exceeds the limit of 16777216 bytes' USING ERRCODE = '54000';
END $$;
CREATE FUNCTION pg_catalog.json_parse(value text) RETURNS super IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN octet_length(value) > 16777216 AND redshift_too_large(value) THEN NULL WHEN value ~ '\\[u/]' THEN
    (SELECT string_agg(CASE WHEN left(t.token[1], 1) = '"' THEN to_json(t.token[1]::json #>> '{}')::text ELSE t.token[1] END, '' ORDER BY t.n)
     FROM regexp_matches(value::json::text, '"(?:[^"\\]|\\.)*"|[^"\s]+', 'g') WITH ORDINALITY AS t(token, n))
  ELSE regexp_replace(value::json::text, '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g') END::json::super;

CREATE FUNCTION pg_catalog.super_serialize(value super) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql
RETURN value::json::text::varchar;

CREATE FUNCTION pg_catalog.super_text(value super) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN json_typeof(value::json) IN ('object', 'array') THEN value::json::text ELSE value::json #>> '{}' END::varchar;

CREATE FUNCTION pg_catalog.super_number(value super) RETURNS numeric IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN json_typeof(value::json) = 'number' THEN (value::json #>> '{}')::numeric END;

-- A scalar as text where a cast wants one; NULL for anything else (cast_super_null_on_error is on).
CREATE FUNCTION pg_catalog.super_scalar(value super) RETURNS text IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN json_typeof(value::json) NOT IN ('object', 'array') THEN value::json #>> '{}' END;

CREATE FUNCTION pg_catalog.int8(value super) RETURNS bigint IMMUTABLE STRICT LANGUAGE sql RETURN round(super_scalar(value)::numeric)::bigint;
CREATE FUNCTION pg_catalog.int4(value super) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN round(super_scalar(value)::numeric)::integer;
CREATE FUNCTION pg_catalog.int2(value super) RETURNS smallint IMMUTABLE STRICT LANGUAGE sql RETURN round(super_scalar(value)::numeric)::smallint;
CREATE FUNCTION pg_catalog.numeric(value super) RETURNS numeric IMMUTABLE STRICT LANGUAGE sql RETURN super_scalar(value)::numeric;
CREATE FUNCTION pg_catalog.float8(value super) RETURNS double precision IMMUTABLE STRICT LANGUAGE sql RETURN super_scalar(value)::double precision;
CREATE FUNCTION pg_catalog.float4(value super) RETURNS real IMMUTABLE STRICT LANGUAGE sql RETURN super_scalar(value)::real;
CREATE FUNCTION pg_catalog.bool(value super) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql RETURN super_scalar(value)::boolean;
CREATE FUNCTION pg_catalog.date(value super) RETURNS date STABLE STRICT LANGUAGE sql RETURN super_scalar(value)::date;
CREATE FUNCTION pg_catalog.timestamp(value super) RETURNS timestamp STABLE STRICT LANGUAGE sql RETURN super_scalar(value)::timestamp;
CREATE FUNCTION pg_catalog.timestamptz(value super) RETURNS timestamptz STABLE STRICT LANGUAGE sql RETURN super_scalar(value)::timestamptz;
CREATE CAST (super AS varchar) WITH FUNCTION super_text(super) AS ASSIGNMENT;
CREATE CAST (super AS bigint) WITH FUNCTION int8(super) AS ASSIGNMENT;
CREATE CAST (super AS integer) WITH FUNCTION int4(super) AS ASSIGNMENT;
CREATE CAST (super AS smallint) WITH FUNCTION int2(super) AS ASSIGNMENT;
CREATE CAST (super AS numeric) WITH FUNCTION "numeric"(super) AS ASSIGNMENT;
CREATE CAST (super AS double precision) WITH FUNCTION float8(super) AS ASSIGNMENT;
CREATE CAST (super AS real) WITH FUNCTION float4(super) AS ASSIGNMENT;
CREATE CAST (super AS boolean) WITH FUNCTION bool(super) AS ASSIGNMENT;
CREATE CAST (super AS date) WITH FUNCTION date(super) AS ASSIGNMENT;
CREATE CAST (super AS timestamp) WITH FUNCTION "timestamp"(super) AS ASSIGNMENT;
CREATE CAST (super AS timestamptz) WITH FUNCTION "timestamptz"(super) AS ASSIGNMENT;

CREATE FUNCTION pg_catalog.super(value text) RETURNS super STABLE STRICT LANGUAGE sql RETURN to_json(value)::super;
CREATE FUNCTION pg_catalog.super(value varchar) RETURNS super STABLE STRICT LANGUAGE sql RETURN to_json(value::text)::super;
CREATE FUNCTION pg_catalog.super(value numeric) RETURNS super STABLE STRICT LANGUAGE sql RETURN to_json(value)::super;
CREATE FUNCTION pg_catalog.super(value bigint) RETURNS super STABLE STRICT LANGUAGE sql RETURN to_json(value)::super;
CREATE FUNCTION pg_catalog.super(value integer) RETURNS super STABLE STRICT LANGUAGE sql RETURN to_json(value)::super;
CREATE FUNCTION pg_catalog.super(value smallint) RETURNS super STABLE STRICT LANGUAGE sql RETURN to_json(value)::super;
CREATE FUNCTION pg_catalog.super(value double precision) RETURNS super STABLE STRICT LANGUAGE sql RETURN to_json(value)::super;
CREATE FUNCTION pg_catalog.super(value real) RETURNS super STABLE STRICT LANGUAGE sql RETURN to_json(value)::super;
CREATE FUNCTION pg_catalog.super(value boolean) RETURNS super STABLE STRICT LANGUAGE sql RETURN to_json(value)::super;
CREATE CAST (text AS super) WITH FUNCTION super(text) AS ASSIGNMENT;
CREATE CAST (varchar AS super) WITH FUNCTION super(varchar) AS ASSIGNMENT;
CREATE CAST (numeric AS super) WITH FUNCTION super(numeric) AS ASSIGNMENT;
CREATE CAST (bigint AS super) WITH FUNCTION super(bigint) AS ASSIGNMENT;
CREATE CAST (integer AS super) WITH FUNCTION super(integer) AS ASSIGNMENT;
CREATE CAST (smallint AS super) WITH FUNCTION super(smallint) AS ASSIGNMENT;
CREATE CAST (double precision AS super) WITH FUNCTION super(double precision) AS ASSIGNMENT;
CREATE CAST (real AS super) WITH FUNCTION super(real) AS ASSIGNMENT;
CREATE CAST (boolean AS super) WITH FUNCTION super(boolean) AS ASSIGNMENT;

-- By value: what GROUP BY, DISTINCT, ORDER BY and = go by.
CREATE FUNCTION pg_catalog.super_cmp(a super, b super) RETURNS integer IMMUTABLE STRICT LANGUAGE sql
RETURN jsonb_cmp(a::json::jsonb, b::json::jsonb);
CREATE FUNCTION pg_catalog.super_hash(a super) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN jsonb_hash(a::json::jsonb);
CREATE FUNCTION pg_catalog.super_eq(a super, b super) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql RETURN super_cmp(a, b) = 0;
CREATE FUNCTION pg_catalog.super_ne(a super, b super) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql RETURN super_cmp(a, b) <> 0;
CREATE FUNCTION pg_catalog.super_lt(a super, b super) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql RETURN super_cmp(a, b) < 0;
CREATE FUNCTION pg_catalog.super_le(a super, b super) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql RETURN super_cmp(a, b) <= 0;
CREATE FUNCTION pg_catalog.super_gt(a super, b super) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql RETURN super_cmp(a, b) > 0;
CREATE FUNCTION pg_catalog.super_ge(a super, b super) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql RETURN super_cmp(a, b) >= 0;
CREATE OPERATOR pg_catalog.= (LEFTARG = super, RIGHTARG = super, FUNCTION = super_eq,
  COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>), HASHES, MERGES);
CREATE OPERATOR pg_catalog.<> (LEFTARG = super, RIGHTARG = super, FUNCTION = super_ne,
  COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=));
CREATE OPERATOR pg_catalog.< (LEFTARG = super, RIGHTARG = super, FUNCTION = super_lt,
  COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=));
CREATE OPERATOR pg_catalog.<= (LEFTARG = super, RIGHTARG = super, FUNCTION = super_le,
  COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>));
CREATE OPERATOR pg_catalog.> (LEFTARG = super, RIGHTARG = super, FUNCTION = super_gt,
  COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=));
CREATE OPERATOR pg_catalog.>= (LEFTARG = super, RIGHTARG = super, FUNCTION = super_ge,
  COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<));
CREATE OPERATOR CLASS pg_catalog.super_ops DEFAULT FOR TYPE super USING btree AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 super_cmp(super, super);
CREATE OPERATOR CLASS pg_catalog.super_hash_ops DEFAULT FOR TYPE super USING hash AS
  OPERATOR 1 =, FUNCTION 1 super_hash(super);

CREATE TYPE pg_catalog.varbyte;
UPDATE pg_type SET oid = 6551 WHERE typname = 'varbyte' AND typnamespace = 'pg_catalog'::regnamespace;
CREATE FUNCTION pg_catalog.varbytein(cstring) RETURNS varbyte LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textin';
CREATE FUNCTION pg_catalog.varbyteout(varbyte) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textout';
CREATE FUNCTION pg_catalog.varbyterecv(internal) RETURNS varbyte LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textrecv';
CREATE FUNCTION pg_catalog.varbytesend(varbyte) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'textsend';
CREATE FUNCTION pg_catalog.varbytetypmodin(cstring[]) RETURNS integer LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varchartypmodin';
CREATE FUNCTION pg_catalog.varbytetypmodout(integer) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'varchartypmodout';
CREATE TYPE pg_catalog.varbyte (INPUT = varbytein, OUTPUT = varbyteout, RECEIVE = varbyterecv, SEND = varbytesend,
  TYPMOD_IN = varbytetypmodin, TYPMOD_OUT = varbytetypmodout, LIKE = bytea);

-- Between the digits and their bytes. The two casts that read one as the other are gone when this is done.
CREATE CAST (varbyte AS bytea) WITHOUT FUNCTION;
CREATE CAST (bytea AS varbyte) WITHOUT FUNCTION;
CREATE FUNCTION pg_catalog.varbyte_hex(value varbyte) RETURNS text IMMUTABLE STRICT LANGUAGE sql
RETURN convert_from(value::bytea, 'UTF8');
CREATE FUNCTION pg_catalog.hex_varbyte(digits text) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql
RETURN convert_to(encode(decode(digits, 'hex'), 'hex'), 'UTF8')::varbyte;
DROP CAST (bytea AS varbyte);
DROP CAST (varbyte AS bytea);

CREATE FUNCTION pg_catalog.varbyte_bytes(value varbyte) RETURNS bytea IMMUTABLE STRICT LANGUAGE sql
RETURN decode(varbyte_hex(value), 'hex');
CREATE FUNCTION pg_catalog.varbyte(value bytea) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql
RETURN hex_varbyte(encode(value, 'hex'));
CREATE FUNCTION pg_catalog.varbyte(value text) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql
RETURN hex_varbyte(encode(convert_to(value, 'UTF8'), 'hex'));
CREATE FUNCTION pg_catalog.varbyte_text(value varbyte) RETURNS text IMMUTABLE STRICT LANGUAGE sql
RETURN convert_from(varbyte_bytes(value), 'UTF8');
CREATE FUNCTION pg_catalog.varbyte(value varbyte, modifier integer, explicit boolean) RETURNS varbyte
IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  digits text := varbyte_hex(value);
BEGIN
  IF modifier <= 4 OR length(digits) <= (modifier - 4) * 2 THEN
    RETURN value;
  END IF;
  IF NOT explicit THEN
    RAISE EXCEPTION 'Value too long for type varbyte(%)', modifier - 4 USING ERRCODE = '22001';
  END IF;
  RETURN hex_varbyte(left(digits, (modifier - 4) * 2));
END $$;
CREATE CAST (varbyte AS varbyte) WITH FUNCTION varbyte(varbyte, integer, boolean) AS IMPLICIT;
CREATE CAST (varbyte AS bytea) WITH FUNCTION varbyte_bytes(varbyte);
CREATE CAST (bytea AS varbyte) WITH FUNCTION varbyte(bytea) AS ASSIGNMENT;
CREATE CAST (text AS varbyte) WITH FUNCTION varbyte(text) AS ASSIGNMENT;
CREATE CAST (varbyte AS text) WITH FUNCTION varbyte_text(varbyte) AS ASSIGNMENT;
CREATE FUNCTION pg_catalog.varbyte_varchar(value varbyte) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql
RETURN varbyte_text(value)::varchar;
CREATE CAST (varbyte AS varchar) WITH FUNCTION varbyte_varchar(varbyte) AS ASSIGNMENT;
CREATE FUNCTION pg_catalog.varbyte_bpchar(value varbyte) RETURNS bpchar IMMUTABLE STRICT LANGUAGE sql
RETURN varbyte_text(value)::bpchar;
CREATE CAST (varbyte AS bpchar) WITH FUNCTION varbyte_bpchar(varbyte) AS ASSIGNMENT;

CREATE FUNCTION pg_catalog.varbyte_eq(varbyte, varbyte) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteaeq';
CREATE FUNCTION pg_catalog.varbyte_ne(varbyte, varbyte) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteane';
CREATE FUNCTION pg_catalog.varbyte_lt(varbyte, varbyte) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'bytealt';
CREATE FUNCTION pg_catalog.varbyte_le(varbyte, varbyte) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteale';
CREATE FUNCTION pg_catalog.varbyte_gt(varbyte, varbyte) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteagt';
CREATE FUNCTION pg_catalog.varbyte_ge(varbyte, varbyte) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteage';
CREATE FUNCTION pg_catalog.varbyte_cmp(varbyte, varbyte) RETURNS integer LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'byteacmp';
CREATE FUNCTION pg_catalog.varbyte_hash(varbyte) RETURNS integer LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE AS 'hashvarlena';
CREATE OPERATOR pg_catalog.= (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = varbyte_eq,
  COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>), HASHES, MERGES);
CREATE OPERATOR pg_catalog.<> (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = varbyte_ne,
  COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=));
CREATE OPERATOR pg_catalog.< (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = varbyte_lt,
  COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=));
CREATE OPERATOR pg_catalog.<= (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = varbyte_le,
  COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>));
CREATE OPERATOR pg_catalog.> (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = varbyte_gt,
  COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=));
CREATE OPERATOR pg_catalog.>= (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = varbyte_ge,
  COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<));
CREATE OPERATOR CLASS pg_catalog.varbyte_ops DEFAULT FOR TYPE varbyte USING btree AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 varbyte_cmp(varbyte, varbyte);
CREATE OPERATOR CLASS pg_catalog.varbyte_hash_ops DEFAULT FOR TYPE varbyte USING hash AS
  OPERATOR 1 =, FUNCTION 1 varbyte_hash(varbyte);

CREATE FUNCTION pg_catalog.varbyte_concat(a varbyte, b varbyte) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql
RETURN hex_varbyte(varbyte_hex(a) || varbyte_hex(b));
CREATE OPERATOR pg_catalog.|| (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = varbyte_concat);
CREATE FUNCTION pg_catalog.length(value varbyte) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN length(varbyte_hex(value)) / 2;
CREATE FUNCTION pg_catalog.octet_length(value varbyte) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN length(varbyte_hex(value)) / 2;
CREATE FUNCTION pg_catalog.len(value varbyte) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN length(varbyte_hex(value)) / 2;
CREATE FUNCTION pg_catalog.substring(value varbyte, start integer, bytes integer) RETURNS varbyte IMMUTABLE STRICT
LANGUAGE sql RETURN varbyte(substring(varbyte_bytes(value), start, bytes));
CREATE FUNCTION pg_catalog.substring(value varbyte, start integer) RETURNS varbyte IMMUTABLE STRICT
LANGUAGE sql RETURN varbyte(substring(varbyte_bytes(value), start));
CREATE FUNCTION pg_catalog.getbit(value varbyte, place integer) RETURNS integer IMMUTABLE STRICT
LANGUAGE sql RETURN get_bit(varbyte_bytes(value), place);
CREATE FUNCTION pg_catalog.to_hex(value varbyte) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql RETURN varbyte_hex(value)::varchar;
CREATE FUNCTION pg_catalog.from_hex(digits text) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql RETURN hex_varbyte(digits);
CREATE FUNCTION pg_catalog.to_varbyte(value text, format text) RETURNS varbyte IMMUTABLE STRICT LANGUAGE plpgsql AS $$
BEGIN
  RETURN CASE lower(format)
    WHEN 'hex' THEN hex_varbyte(repeat('0', length(value) % 2) || value)
    WHEN 'base64' THEN varbyte(decode(value, 'base64'))
    WHEN 'utf8' THEN varbyte(value) WHEN 'utf-8' THEN varbyte(value) WHEN 'binary' THEN
      hex_varbyte((SELECT string_agg(lpad(to_hex(substr(value, n, 8)::bit(8)::integer), 2, '0'), '' ORDER BY n)
        FROM generate_series(1, length(value), 8) AS n))
  END;
END $$;
CREATE FUNCTION pg_catalog.from_varbyte(value varbyte, format text) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql
RETURN CASE lower(format) WHEN 'hex' THEN varbyte_hex(value) WHEN 'base64' THEN encode(varbyte_bytes(value), 'base64')
  WHEN 'binary' THEN (SELECT string_agg(get_byte(varbyte_bytes(value), n)::bit(8)::text, '' ORDER BY n)
    FROM generate_series(0, length(varbyte_bytes(value)) - 1) AS n) ELSE varbyte_text(value) END::varchar;
CREATE FUNCTION pg_catalog.from_varbyte(value text, format text) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql
RETURN from_varbyte(varbyte(value), format);

-- Integers as bytes, the highest first.
CREATE FUNCTION pg_catalog.varbyte(value smallint) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql RETURN varbyte(int2send(value));
CREATE FUNCTION pg_catalog.varbyte(value integer) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql RETURN varbyte(int4send(value));
CREATE FUNCTION pg_catalog.varbyte(value bigint) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql RETURN varbyte(int8send(value));
CREATE CAST (smallint AS varbyte) WITH FUNCTION varbyte(smallint);
CREATE CAST (integer AS varbyte) WITH FUNCTION varbyte(integer);
CREATE CAST (bigint AS varbyte) WITH FUNCTION varbyte(bigint);

-- "VARBYTE operators": two values of one length, bit by bit.
CREATE FUNCTION pg_catalog.varbyte_combine(a varbyte, b varbyte, kind text) RETURNS varbyte IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  x bytea := varbyte_bytes(a);
  y bytea := varbyte_bytes(b);
BEGIN
  IF length(x) <> length(y) THEN
    RAISE EXCEPTION 'VARBYTE operands must have the same length' USING ERRCODE = '22023';
  END IF;
  FOR i IN 0 .. length(x) - 1 LOOP
    x := set_byte(x, i, CASE kind WHEN '&' THEN get_byte(x, i) & get_byte(y, i) WHEN '|' THEN get_byte(x, i) | get_byte(y, i)
      ELSE get_byte(x, i) # get_byte(y, i) END);
  END LOOP;
  RETURN varbyte(x);
END $$;
CREATE FUNCTION pg_catalog.varbyte_and(a varbyte, b varbyte) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql RETURN varbyte_combine(a, b, '&');
CREATE FUNCTION pg_catalog.varbyte_or(a varbyte, b varbyte) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql RETURN varbyte_combine(a, b, '|');
CREATE FUNCTION pg_catalog.varbyte_xor(a varbyte, b varbyte) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql RETURN varbyte_combine(a, b, '#');
CREATE FUNCTION pg_catalog.varbyte_not(a varbyte) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql
RETURN varbyte_combine(a, hex_varbyte(repeat('f', length(varbyte_hex(a)))), '#');
CREATE FUNCTION pg_catalog.varbyte_join(a varbyte, b varbyte) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql
RETURN hex_varbyte(varbyte_hex(a) || varbyte_hex(b));
CREATE OPERATOR pg_catalog.& (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = varbyte_and);
CREATE OPERATOR pg_catalog.| (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = varbyte_or);
CREATE OPERATOR pg_catalog.# (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = varbyte_xor);
CREATE OPERATOR pg_catalog.~ (RIGHTARG = varbyte, FUNCTION = varbyte_not);
CREATE OPERATOR pg_catalog.+ (LEFTARG = varbyte, RIGHTARG = varbyte, FUNCTION = varbyte_join);
