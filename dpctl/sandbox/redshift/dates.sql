-- Redshift's functions of dates and times.

-- A moment of this machine, as the clock of the account around has it: a session is told how far that is ahead.
CREATE FUNCTION pg_catalog.redshift_time(moment timestamptz) RETURNS timestamptz STABLE LANGUAGE sql
RETURN moment + make_interval(secs => coalesce(nullif(current_setting('redshift.ahead', true), '')::float8, 0));

CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp STABLE LANGUAGE sql
RETURN date_trunc('second', redshift_time(statement_timestamp()) AT TIME ZONE current_setting('TimeZone'));

CREATE FUNCTION pg_catalog.sysdate() RETURNS timestamp STABLE LANGUAGE sql
RETURN redshift_time(transaction_timestamp()) AT TIME ZONE current_setting('TimeZone');

-- The names of date parts ("Date parts for date or timestamp functions"), each as PostgreSQL's.
CREATE FUNCTION pg_catalog.redshift_part(part text) RETURNS text IMMUTABLE STRICT LANGUAGE plpgsql AS $$
BEGIN
  RETURN CASE
    WHEN lower(part) IN ('mil', 'mils', 'millennium', 'millennia') THEN 'millennium'
    WHEN lower(part) IN ('c', 'cent', 'cents', 'century', 'centuries') THEN 'century'
    WHEN lower(part) IN ('dec', 'decs', 'decade', 'decades') THEN 'decade'
    WHEN lower(part) IN ('y', 'yr', 'yrs', 'year', 'years') THEN 'year'
    WHEN lower(part) IN ('qtr', 'qtrs', 'quarter', 'quarters') THEN 'quarter'
    WHEN lower(part) IN ('mon', 'mons', 'month', 'months') THEN 'month'
    WHEN lower(part) IN ('w', 'week', 'weeks') THEN 'week'
    WHEN lower(part) IN ('d', 'day', 'days') THEN 'day'
    WHEN lower(part) IN ('dayofweek', 'dow', 'dw', 'weekday') THEN 'dow'
    WHEN lower(part) IN ('dayofyear', 'doy', 'dy', 'yearday') THEN 'doy'
    WHEN lower(part) IN ('h', 'hr', 'hrs', 'hour', 'hours') THEN 'hour'
    WHEN lower(part) IN ('m', 'min', 'mins', 'minute', 'minutes') THEN 'minute'
    WHEN lower(part) IN ('s', 'sec', 'secs', 'second', 'seconds') THEN 'second'
    WHEN lower(part) IN ('ms', 'msec', 'msecs', 'msecond', 'mseconds', 'millisec', 'millisecs', 'millisecon',
      'millisecond', 'milliseconds') THEN 'millisecond'
    WHEN lower(part) IN ('us', 'usec', 'usecs', 'usecond', 'useconds', 'microsec', 'microsecs', 'microsecond',
      'microseconds') THEN 'microsecond'
    ELSE lower(part)
  END;
END $$;

CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, value timestamp) RETURNS timestamp
IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  unit text := CASE redshift_part(part) WHEN 'dow' THEN 'day' WHEN 'doy' THEN 'day' ELSE redshift_part(part) END;
BEGIN
  IF unit = 'quarter' THEN
    RETURN dateadd('month', amount * 3, value);
  END IF;
  IF unit NOT IN ('millennium', 'century', 'decade', 'year', 'month', 'week', 'day', 'hour', 'minute', 'second',
    'millisecond', 'microsecond') THEN
    RAISE EXCEPTION 'dateadd units "%" not recognized', part USING ERRCODE = '22023';
  END IF;
  RETURN value + (amount || ' ' || unit)::interval;
END $$;

CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, value date) RETURNS timestamp IMMUTABLE STRICT
LANGUAGE sql RETURN dateadd(part, amount, value::timestamp);

CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, value timestamptz) RETURNS timestamptz STABLE STRICT
LANGUAGE sql RETURN dateadd(part, amount, value AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';

CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, value text) RETURNS timestamp STABLE STRICT
LANGUAGE sql RETURN dateadd(part, amount, value::timestamp);

CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, value time) RETURNS time IMMUTABLE STRICT
LANGUAGE sql RETURN dateadd(part, amount, date '2000-01-01' + value)::time;

-- TIMETZ is kept in UTC.
CREATE FUNCTION pg_catalog.dateadd(part text, amount bigint, value timetz) RETURNS timetz IMMUTABLE STRICT
LANGUAGE sql RETURN dateadd(part, amount, (value AT TIME ZONE 'UTC')::time)::text::timetz;

-- The number of boundaries of a unit that lie between two moments.
CREATE FUNCTION pg_catalog.datediff(part text, a timestamp, b timestamp) RETURNS bigint
IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  unit text := CASE redshift_part(part) WHEN 'dow' THEN 'day' WHEN 'doy' THEN 'day' ELSE redshift_part(part) END;
BEGIN
  CASE unit
    WHEN 'millennium' THEN RETURN extract(millennium FROM b) - extract(millennium FROM a);
    WHEN 'century' THEN RETURN extract(century FROM b) - extract(century FROM a);
    WHEN 'decade' THEN RETURN extract(decade FROM b) - extract(decade FROM a);
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

CREATE FUNCTION pg_catalog.datediff(part text, a time, b time) RETURNS bigint IMMUTABLE STRICT
LANGUAGE sql RETURN datediff(part, date '2000-01-01' + a, date '2000-01-01' + b);

CREATE FUNCTION pg_catalog.datediff(part text, a timetz, b timetz) RETURNS bigint IMMUTABLE STRICT
LANGUAGE sql RETURN datediff(part, (a AT TIME ZONE 'UTC')::time, (b AT TIME ZONE 'UTC')::time);

-- EXTRACT: a whole number, of the part that was asked for alone; the first decade begins with the year 1.
CREATE FUNCTION pg_catalog.redshift_extract(part text, value timestamp) RETURNS integer IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  unit text := redshift_part(part);
BEGIN
  RETURN CASE unit WHEN 'decade' THEN floor(extract(year FROM value) / 10) + 1
    WHEN 'millisecond' THEN floor(mod(extract(millisecond FROM value), 1000))
    WHEN 'microsecond' THEN mod(extract(microsecond FROM value), 1000000)
    ELSE floor(date_part(unit, value)) END;
END $$;
CREATE FUNCTION pg_catalog.redshift_extract(part text, value date) RETURNS integer IMMUTABLE STRICT
LANGUAGE sql RETURN redshift_extract(part, value::timestamp);
CREATE FUNCTION pg_catalog.redshift_extract(part text, value time) RETURNS integer IMMUTABLE STRICT
LANGUAGE sql RETURN redshift_extract(part, date '2000-01-01' + value);
CREATE FUNCTION pg_catalog.redshift_extract(part text, value timetz) RETURNS integer IMMUTABLE STRICT
LANGUAGE sql RETURN CASE WHEN lower(part) IN ('timezone', 'timezone_hour', 'timezone_minute') THEN date_part(lower(part), value)::integer
  ELSE redshift_extract(part, value::time) END;
CREATE FUNCTION pg_catalog.redshift_extract(part text, value timestamptz) RETURNS double precision STABLE STRICT
LANGUAGE sql RETURN CASE WHEN lower(part) IN ('timezone', 'timezone_hour', 'timezone_minute', 'epoch') THEN date_part(lower(part), value)
  ELSE redshift_extract(part, value::timestamp) END;

-- DATE_PART: a DOUBLE, whose seconds have their fraction.
CREATE FUNCTION pg_catalog.pgdate_part(part text, value timestamp) RETURNS double precision IMMUTABLE STRICT LANGUAGE plpgsql AS $$
BEGIN
  RETURN CASE WHEN redshift_part(part) IN ('second', 'epoch') THEN date_part(redshift_part(part), value)
    ELSE redshift_extract(part, value) END;
END $$;
CREATE FUNCTION pg_catalog.pgdate_part(part text, value date) RETURNS double precision IMMUTABLE STRICT
LANGUAGE sql RETURN pgdate_part(part, value::timestamp);
CREATE FUNCTION pg_catalog.pgdate_part(part text, value time) RETURNS double precision IMMUTABLE STRICT
LANGUAGE sql RETURN pgdate_part(part, date '2000-01-01' + value);
CREATE FUNCTION pg_catalog.pgdate_part(part text, value timetz) RETURNS double precision IMMUTABLE STRICT
LANGUAGE sql RETURN redshift_extract(part, value)::double precision;
CREATE FUNCTION pg_catalog.pgdate_part(part text, value timestamptz) RETURNS double precision STABLE STRICT
LANGUAGE sql RETURN CASE WHEN redshift_part(part) = 'second' THEN date_part('second', value) ELSE redshift_extract(part, value) END;
CREATE FUNCTION pg_catalog.pgdate_part(part text, value interval) RETURNS double precision IMMUTABLE STRICT
LANGUAGE sql RETURN date_part(redshift_part(part), value);

-- TO_DATE and TO_TIMESTAMP, which go on into the next month or day unless they are strict. Only then are the
-- digits taken apart here; PostgreSQL reads all that is a date.
CREATE FUNCTION pg_catalog.redshift_overflow(value text, format text) RETURNS timestamp IMMUTABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  fields text[] := ARRAY['YYYY', 'MM', 'DD', 'HH24', 'HH12', 'HH', 'MI', 'SS'];
  left_format text := upper(format);
  left_value text := value;
  field text;
  digits text;
  found integer[] := ARRAY[1, 1, 1, 0, 0, 0, 0, 0];
BEGIN
  WHILE left_format <> '' LOOP
    field := (SELECT f FROM unnest(fields) WITH ORDINALITY AS x(f, n) WHERE starts_with(left_format, f) ORDER BY n LIMIT 1);
    IF field IS NULL THEN
      IF left_format ~ '^[A-Z]' THEN
        RETURN NULL;
      END IF;
      left_format := substr(left_format, 2);
      left_value := regexp_replace(left_value, '^\D', '');
    ELSE
      digits := substring(left_value FROM CASE field WHEN 'YYYY' THEN '^\d{1,4}' ELSE '^\d{1,2}' END);
      IF digits IS NULL THEN
        RETURN NULL;
      END IF;
      found[array_position(fields, field)] := digits::integer;
      left_value := substr(left_value, length(digits) + 1);
      left_format := substr(left_format, length(field) + 1);
    END IF;
  END LOOP;
  RETURN make_date(found[1], 1, 1) + make_interval(months => found[2] - 1) + make_interval(days => found[3] - 1,
    hours => found[4] + found[5] + found[6], mins => found[7], secs => found[8]);
END $$;
CREATE FUNCTION pg_catalog.redshift_to_timestamp(value text, format text, is_strict boolean DEFAULT false) RETURNS timestamptz
STABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  moved timestamp;
BEGIN
  RETURN to_timestamp(value, format);
EXCEPTION WHEN datetime_field_overflow THEN
  moved := CASE WHEN NOT is_strict THEN redshift_overflow(value, format) END;
  IF moved IS NULL THEN
    RAISE;
  END IF;
  RETURN moved AT TIME ZONE current_setting('TimeZone');
END $$;
CREATE FUNCTION pg_catalog.redshift_to_timestamp(value timestamp, format text, is_strict boolean DEFAULT false) RETURNS timestamptz
STABLE STRICT LANGUAGE sql RETURN redshift_to_timestamp(to_char(value, format), format, is_strict);
CREATE FUNCTION pg_catalog.redshift_to_date(value text, format text, is_strict boolean DEFAULT false) RETURNS date
STABLE STRICT LANGUAGE plpgsql AS $$
DECLARE
  moved timestamp;
BEGIN
  RETURN to_date(value, format);
EXCEPTION WHEN datetime_field_overflow THEN
  moved := CASE WHEN NOT is_strict THEN redshift_overflow(value, format) END;
  IF moved IS NULL THEN
    RAISE;
  END IF;
  RETURN moved::date;
END $$;
CREATE FUNCTION pg_catalog.redshift_to_date(value timestamp, format text, is_strict boolean DEFAULT false) RETURNS date
STABLE STRICT LANGUAGE sql RETURN redshift_to_date(to_char(value, format), format, is_strict);
CREATE FUNCTION pg_catalog.pg_timezone_abbrevs(OUT abbrev text, OUT utc_offset interval, OUT is_dst boolean) RETURNS SETOF record
STABLE LANGUAGE sql BEGIN ATOMIC SELECT abbrev, utc_offset, is_dst FROM pg_catalog.pg_timezone_abbrevs; END;

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

-- The last day of a month becomes the last day of a month, here but not in DATEADD.
CREATE FUNCTION pg_catalog.add_months(value timestamp, months integer) RETURNS timestamp IMMUTABLE STRICT
LANGUAGE sql RETURN CASE WHEN value::date = last_day(value) THEN last_day(dateadd('month', months, value)) + value::time
  ELSE dateadd('month', months, value) END;

CREATE FUNCTION pg_catalog.months_between(a timestamp, b timestamp) RETURNS double precision IMMUTABLE STRICT
LANGUAGE sql RETURN (extract(year FROM a) - extract(year FROM b)) * 12 + extract(month FROM a) - extract(month FROM b)
  + CASE WHEN (extract(day FROM a) = extract(day FROM b)) OR (a::date = last_day(a) AND b::date = last_day(b)) THEN 0
    ELSE (extract(day FROM a) - extract(day FROM b)) / 31 END;

CREATE FUNCTION pg_catalog.date_trunc(part text, value date) RETURNS timestamp IMMUTABLE STRICT LANGUAGE sql
RETURN date_trunc(part, value::timestamp);
CREATE FUNCTION pg_catalog.date_part_year(value date) RETURNS integer IMMUTABLE STRICT LANGUAGE sql RETURN extract(year FROM value)::integer;
CREATE FUNCTION pg_catalog.next_day(value date, day text) RETURNS date IMMUTABLE STRICT LANGUAGE sql
RETURN (SELECT value + n FROM generate_series(1, 7) AS n WHERE lower(to_char(value + n, 'FMday')) LIKE lower(day) || '%' LIMIT 1);
