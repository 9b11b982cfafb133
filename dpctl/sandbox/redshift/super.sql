-- Functions of SUPER (types.sql), and of JSON in text.

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
CREATE FUNCTION pg_catalog.redshift_leaves(value json) RETURNS SETOF json IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
  item json;
BEGIN
  FOR item IN SELECT v FROM json_array_elements(value) AS e(v) LOOP
    IF json_typeof(item) = 'array' THEN
      RETURN QUERY SELECT * FROM redshift_leaves(item);
    ELSE
      RETURN NEXT item;
    END IF;
  END LOOP;
END $$;
CREATE FUNCTION pg_catalog.array_flatten(value super) RETURNS super IMMUTABLE STRICT LANGUAGE sql
RETURN json_parse((SELECT coalesce(json_agg(l.v ORDER BY l.n), '[]') FROM redshift_leaves(value::json) WITH ORDINALITY AS l(v, n))::text);

-- Arrays as sets and multisets; elements are compared by value, and nulls are elements like others.
CREATE FUNCTION pg_catalog.redshift_items(value super, OUT v super, OUT n bigint, OUT nth bigint) RETURNS SETOF record IMMUTABLE
LANGUAGE sql BEGIN ATOMIC
  SELECT e.v::super, e.n - 1, row_number() OVER (PARTITION BY e.v::super ORDER BY e.n)
  FROM json_array_elements(value::json) WITH ORDINALITY AS e(v, n);
END;
CREATE FUNCTION pg_catalog.array_distinct(value super) RETURNS super IMMUTABLE STRICT LANGUAGE sql
RETURN json_parse((SELECT coalesce(json_agg(i.v::json ORDER BY i.n), '[]') FROM redshift_items(value) AS i WHERE i.nth = 1)::text);
CREATE FUNCTION pg_catalog.array_union(a super, b super) RETURNS super IMMUTABLE STRICT LANGUAGE sql
RETURN array_distinct(array_concat(a, b));
CREATE FUNCTION pg_catalog.array_except(a super, b super, "distinct" boolean DEFAULT false) RETURNS super IMMUTABLE STRICT LANGUAGE sql
RETURN json_parse((SELECT coalesce(json_agg(i.v::json ORDER BY i.n), '[]') FROM redshift_items(a) AS i
  WHERE NOT EXISTS (SELECT 1 FROM redshift_items(b) AS o WHERE o.v = i.v AND ("distinct" OR o.nth = i.nth)) AND (NOT "distinct" OR i.nth = 1))::text);
CREATE FUNCTION pg_catalog.array_intersection(a super, b super, "distinct" boolean DEFAULT false) RETURNS super IMMUTABLE STRICT LANGUAGE sql
RETURN json_parse((SELECT coalesce(json_agg(i.v::json ORDER BY i.n), '[]') FROM redshift_items(a) AS i
  WHERE EXISTS (SELECT 1 FROM redshift_items(b) AS o WHERE o.v = i.v AND o.nth = i.nth) AND (NOT "distinct" OR i.nth = 1))::text);
CREATE FUNCTION pg_catalog.arrays_overlap(a super, b super) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql
RETURN EXISTS (SELECT 1 FROM redshift_items(a) AS i, redshift_items(b) AS o WHERE o.v = i.v);
CREATE FUNCTION pg_catalog.array_sort(value super, ascending boolean DEFAULT true, nulls_first boolean DEFAULT NULL) RETURNS super
IMMUTABLE LANGUAGE sql
RETURN json_parse((SELECT coalesce(json_agg(i.v::json ORDER BY
    CASE WHEN (json_typeof(i.v::json) = 'null') = coalesce(nulls_first, NOT ascending) THEN 0 ELSE 1 END,
    CASE WHEN ascending THEN t.rank ELSE -t.rank END,
    CASE WHEN ascending THEN i.v END, CASE WHEN NOT ascending THEN i.v END DESC), '[]')
  FROM redshift_items(value) AS i,
    LATERAL (SELECT array_position(ARRAY['boolean', 'number', 'string', 'array', 'object', 'null'], json_typeof(i.v::json))) AS t(rank))::text);
-- ``null_match``: whether a null can be searched for; without it, what is not found among nulls is not known.
CREATE FUNCTION pg_catalog.redshift_array_positions(value super, item json, null_match boolean DEFAULT true) RETURNS super IMMUTABLE LANGUAGE sql
RETURN CASE WHEN null_match OR item IS NOT NULL AND json_typeof(item) <> 'null' THEN json_parse((SELECT coalesce(json_agg(i.n ORDER BY i.n), '[]')
  FROM redshift_items(value) AS i WHERE i.v = coalesce(item, 'null')::super)::text) END;
CREATE FUNCTION pg_catalog.redshift_array_position(value super, item json, null_match boolean DEFAULT true) RETURNS integer IMMUTABLE LANGUAGE sql
RETURN CASE WHEN value IS NULL OR NOT null_match AND (item IS NULL OR json_typeof(item) = 'null') THEN NULL
  ELSE coalesce((SELECT min(i.n) FROM redshift_items(value) AS i WHERE i.v = coalesce(item, 'null')::super)::integer,
    CASE WHEN null_match OR NOT EXISTS (SELECT 1 FROM redshift_items(value) AS i WHERE json_typeof(i.v::json) = 'null') THEN -1 END) END;
CREATE FUNCTION pg_catalog.redshift_array_contains(value super, item json, null_match boolean DEFAULT true) RETURNS boolean IMMUTABLE
LANGUAGE sql RETURN redshift_array_position(value, item, null_match) >= 0;
CREATE FUNCTION pg_catalog.get_number_attributes(value super) RETURNS integer IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN json_typeof(value::json) = 'object' THEN (SELECT count(*)::integer FROM json_object_keys(value::json)) END;
CREATE FUNCTION pg_catalog.redshift_attributes(value json, up boolean) RETURNS text IMMUTABLE STRICT LANGUAGE plpgsql AS $$
BEGIN
  IF json_typeof(value) = 'array' THEN
    RETURN '[' || coalesce((SELECT string_agg(redshift_attributes(v, up), ',' ORDER BY n)
      FROM json_array_elements(value) WITH ORDINALITY AS e(v, n)), '') || ']';
  ELSIF json_typeof(value) <> 'object' THEN
    RETURN value::text;
  ELSIF EXISTS (SELECT 1 FROM json_object_keys(value) AS k GROUP BY lower(k) HAVING count(*) > 1) THEN
    RAISE EXCEPTION 'SUPER value has duplicate attributes after case conversion.' USING ERRCODE = 'XX000';
  END IF;
  RETURN '{' || coalesce((SELECT string_agg(to_json(CASE WHEN up THEN upper(k) ELSE lower(k) END)::text || ':' || redshift_attributes(v, up), ','
    ORDER BY n) FROM json_each(value) WITH ORDINALITY AS e(k, v, n)), '') || '}';
END $$;
CREATE FUNCTION pg_catalog.lower_attribute_names(value super) RETURNS super IMMUTABLE STRICT LANGUAGE sql
RETURN json_parse(redshift_attributes(value::json, false));
CREATE FUNCTION pg_catalog.upper_attribute_names(value super) RETURNS super IMMUTABLE STRICT LANGUAGE sql
RETURN json_parse(redshift_attributes(value::json, true));
CREATE FUNCTION pg_catalog.json_serialize_to_varbyte(value super) RETURNS varbyte IMMUTABLE STRICT LANGUAGE sql
RETURN varbyte(value::json::text);
CREATE FUNCTION pg_catalog.decimal_precision(value super) RETURNS integer IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN is_decimal(value) THEN length(ltrim(translate(value::json::text, '-.', ''), '0')) END;
CREATE FUNCTION pg_catalog.decimal_scale(value super) RETURNS integer IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN is_decimal(value) THEN length(split_part(value::json::text, '.', 2)) END;
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

CREATE FUNCTION pg_catalog.json_extract_path_text_or_null(value text, VARIADIC path text[]) RETURNS varchar IMMUTABLE STRICT
LANGUAGE plpgsql AS $$ -- in SQL, a constant would be read before CASE is asked
BEGIN
  RETURN CASE WHEN value IS JSON THEN json_extract_path_text(value, VARIADIC path) END;
END $$;
-- With a third argument, what is no JSON is NULL. (In SQL, a constant would be read before CASE is asked.)
CREATE FUNCTION pg_catalog.json_array_length(value text, lenient boolean) RETURNS integer IMMUTABLE STRICT LANGUAGE plpgsql AS $$
BEGIN
  RETURN CASE WHEN value IS JSON ARRAY OR NOT lenient THEN json_array_length(value::json) END;
END $$;
CREATE FUNCTION pg_catalog.json_extract_array_element_text(value text, place integer, lenient boolean) RETURNS varchar IMMUTABLE STRICT
LANGUAGE plpgsql AS $$
BEGIN
  RETURN CASE WHEN value IS JSON OR NOT lenient THEN value::json ->> place END;
END $$;
