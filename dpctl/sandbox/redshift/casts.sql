-- Texts that PostgreSQL reads as a value of a type, and Redshift does not: sql/values.py has the sources, and the
-- rule for literals.
CREATE FUNCTION pg_catalog.redshift_foreign(value text, wanted text) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql
RETURN value ~* CASE WHEN wanted ~* '^(smallint|integer|bigint|int)' THEN '^\s*[+-]?(0[xob]|[0-9.e+-]*_)' WHEN wanted ~* '^(numeric|decimal)' THEN '^\s*[+-]?(0[xob]|[0-9.e+-]*_|nan|inf)'
  WHEN wanted ~* '^(real|double|float)' THEN '^\s*[+-]?(0x|[0-9.e+-]*_)' WHEN wanted ~* '^(date|timestamp)' THEN 'infinity' ELSE '^.\A' END;

CREATE FUNCTION pg_catalog.redshift_input_is_valid(value text, wanted text) RETURNS boolean STABLE STRICT LANGUAGE sql
RETURN pg_input_is_valid(value, wanted) AND NOT redshift_foreign(value, wanted);

-- Never true, so that it can stand in a condition: the error is what it is called for, in COPY's words for a number.
CREATE FUNCTION pg_catalog.redshift_no_value(value text, wanted text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
  kind text := CASE wanted WHEN 'smallint' THEN 'Short' WHEN 'integer' THEN 'Integer' WHEN 'bigint' THEN 'Long' WHEN 'numeric' THEN 'Decimal' END;
  place integer := length(substring(value FROM CASE wanted WHEN 'numeric' THEN '^\s*[+-]?\d*(?:\.\d*)?(?:[eE][+-]?\d+)?' ELSE '^\s*[+-]?\d*' END));
BEGIN
  IF kind IS NOT NULL THEN
    RAISE EXCEPTION 'Invalid digit, Value ''%'', Pos %, Type: %', substr(value, place + 1, 1), place, kind USING ERRCODE = 'XX000';
  END IF;
  RAISE EXCEPTION 'invalid input syntax for type %: "%"', wanted, value USING ERRCODE = '22P02';
END $$;

CREATE FUNCTION pg_catalog.redshift_int2(value text) RETURNS smallint IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN value !~* '^\s*[+-]?(0[xob]|[0-9.e+-]*_)' OR redshift_no_value(value, 'smallint') THEN int2in(textout(value)) END;
CREATE FUNCTION pg_catalog.redshift_int4(value text) RETURNS integer IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN value !~* '^\s*[+-]?(0[xob]|[0-9.e+-]*_)' OR redshift_no_value(value, 'integer') THEN int4in(textout(value)) END;
CREATE FUNCTION pg_catalog.redshift_int8(value text) RETURNS bigint IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN value !~* '^\s*[+-]?(0[xob]|[0-9.e+-]*_)' OR redshift_no_value(value, 'bigint') THEN int8in(textout(value)) END;
CREATE FUNCTION pg_catalog.redshift_numeric(value text) RETURNS numeric IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN value !~* '^\s*[+-]?(0[xob]|[0-9.e+-]*_|nan|inf)' OR redshift_no_value(value, 'numeric') THEN numeric_in(textout(value), 0, -1) END;
CREATE FUNCTION pg_catalog.redshift_float4(value text) RETURNS real IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN value !~* '^\s*[+-]?(0x|[0-9.e+-]*_)' OR redshift_no_value(value, 'real') THEN float4in(textout(value)) END;
CREATE FUNCTION pg_catalog.redshift_float8(value text) RETURNS double precision IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN value !~* '^\s*[+-]?(0x|[0-9.e+-]*_)' OR redshift_no_value(value, 'double precision') THEN float8in(textout(value)) END;
CREATE FUNCTION pg_catalog.redshift_date(value text) RETURNS date STABLE STRICT LANGUAGE sql
RETURN CASE WHEN value !~* 'infinity' OR redshift_no_value(value, 'date') THEN date_in(textout(value)) END;
CREATE FUNCTION pg_catalog.redshift_timestamp(value text) RETURNS timestamp STABLE STRICT LANGUAGE sql
RETURN CASE WHEN value !~* 'infinity' OR redshift_no_value(value, 'timestamp') THEN timestamp_in(textout(value), 0, -1) END;
CREATE FUNCTION pg_catalog.redshift_timestamptz(value text) RETURNS timestamptz STABLE STRICT LANGUAGE sql
RETURN CASE WHEN value !~* 'infinity' OR redshift_no_value(value, 'timestamp with time zone') THEN timestamptz_in(textout(value), 0, -1) END;

DO $$
DECLARE
  item record;
BEGIN
  FOR item IN SELECT * FROM unnest(ARRAY['text', 'varchar']) AS source, unnest(
      ARRAY['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'date', 'timestamp', 'timestamptz'],
      ARRAY['int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'date', 'timestamp', 'timestamptz']) AS target(kind, name)
  LOOP
    EXECUTE format('CREATE CAST (%s AS %s) WITH FUNCTION redshift_%s(text)', item.source, item.kind, item.name);
  END LOOP;
END $$;

-- A DOUBLE may be none or infinite; no DECIMAL is.
CREATE FUNCTION pg_catalog.redshift_numeric(value double precision) RETURNS numeric IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN value NOT IN ('NaN', 'Infinity', '-Infinity') OR redshift_no_value(value::text, 'numeric') THEN pg_catalog."numeric"(value) END;
CREATE FUNCTION pg_catalog.redshift_numeric(value real) RETURNS numeric IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN value NOT IN ('NaN', 'Infinity', '-Infinity') OR redshift_no_value(value::text, 'numeric') THEN pg_catalog."numeric"(value) END;
UPDATE pg_cast SET castfunc = 'redshift_numeric(double precision)'::regprocedure
WHERE castsource = 'double precision'::regtype AND casttarget = 'numeric'::regtype;
UPDATE pg_cast SET castfunc = 'redshift_numeric(real)'::regprocedure
WHERE castsource = 'real'::regtype AND casttarget = 'numeric'::regtype;
