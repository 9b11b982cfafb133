-- A superuser of Redshift is a member of redshift_superuser, and none of PostgreSQL.
CREATE OR REPLACE VIEW pg_catalog.pg_user AS
SELECT usename, usesysid, usecreatedb,
  usesuper OR pg_has_role(usesysid, 'redshift_superuser', 'USAGE') AS usesuper,
  userepl, usebypassrls, '********'::text AS passwd, valuntil, useconfig
FROM pg_shadow;

-- What Redshift remembers of a table and PostgreSQL does not know: distribution, sort keys, encodings, and keys
-- that are informational; and the views that show them.

CREATE TABLE pg_catalog.redshift_attributes (
  table_id oid PRIMARY KEY,
  diststyle text NOT NULL DEFAULT 'AUTO(ALL)',
  distkey text,
  sortkeys text[] NOT NULL DEFAULT '{}',
  interleaved boolean NOT NULL DEFAULT false,
  encodings jsonb NOT NULL DEFAULT '{}',
  primary_key text[] NOT NULL DEFAULT '{}',
  constraints jsonb NOT NULL DEFAULT '[]'
);

-- Views WITH NO SCHEMA BINDING. What they select is looked up when they are used: until then, and whenever a
-- relation below them changes, a view of the same columns without rows stands in their place.
CREATE TABLE pg_catalog.redshift_late_views (view_id oid PRIMARY KEY, definition text NOT NULL, bound boolean NOT NULL);

-- Merges what a CREATE or ALTER TABLE said into what is known.
CREATE FUNCTION pg_catalog.redshift_describe(relation regclass, said jsonb) RETURNS void SECURITY DEFINER LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO pg_catalog.redshift_attributes (table_id) VALUES (relation) ON CONFLICT DO NOTHING;
  UPDATE pg_catalog.redshift_attributes SET
    diststyle = coalesce(said ->> 'diststyle', diststyle),
    distkey = CASE WHEN said ? 'diststyle' THEN said ->> 'distkey' ELSE distkey END,
    sortkeys = CASE WHEN said ? 'sortkeys'
      THEN ARRAY(SELECT jsonb_array_elements_text(said -> 'sortkeys')) ELSE sortkeys END,
    interleaved = coalesce((said ->> 'interleaved')::boolean, interleaved),
    encodings = encodings || coalesce(said -> 'encodings', '{}'),
    primary_key = CASE WHEN said ? 'primary_key'
      THEN ARRAY(SELECT jsonb_array_elements_text(said -> 'primary_key')) ELSE primary_key END,
    constraints = coalesce((SELECT jsonb_agg(k) FROM jsonb_array_elements(constraints || coalesce(said -> 'constraints', '[]')) AS k
      WHERE k ->> 'name' IS DISTINCT FROM said ->> 'drop_constraint'), '[]')
  WHERE table_id = relation;
END;

-- CREATE TABLE ... (LIKE other): the new table takes over distribution, sort keys and encodings.
CREATE FUNCTION pg_catalog.redshift_inherit(relation regclass, other regclass) RETURNS void SECURITY DEFINER
LANGUAGE sql BEGIN ATOMIC
  INSERT INTO pg_catalog.redshift_attributes (table_id, diststyle, distkey, sortkeys, interleaved, encodings)
  SELECT relation, diststyle, distkey, sortkeys, interleaved, encodings
  FROM pg_catalog.redshift_attributes WHERE table_id = other
  ON CONFLICT DO NOTHING;
END;

-- MERGE reads from a table only.
CREATE FUNCTION pg_catalog.redshift_require_table(relation regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT relkind FROM pg_class WHERE oid = relation) <> 'r' THEN
    RAISE EXCEPTION 'MERGE source must be a table' USING ERRCODE = '0A000',
      DETAIL = 'A view or a subquery cannot be the source of MERGE.';
  END IF;
END $$;

CREATE FUNCTION pg_catalog.redshift_type(type oid, modifier integer) RETURNS text STABLE LANGUAGE sql
RETURN replace(format_type(type, modifier), 'varbyte', 'binary varying');

CREATE VIEW pg_catalog.redshift_columns AS
SELECT n.nspname AS schema_name, c.relname AS table_name, c.oid AS table_id, c.relkind, a.attname AS column_name,
  a.attnum AS ordinal_position, pg_catalog.redshift_type(a.atttypid, a.atttypmod) AS full_type,
  a.atttypid, a.atttypmod, a.attnotnull,
  coalesce(k.encodings ->> a.attname::text, CASE
    WHEN c.relkind <> 'r' THEN 'none'
    WHEN a.attname = ANY (k.sortkeys) THEN 'none'
    WHEN a.atttypid IN ('boolean'::regtype, 'real'::regtype, 'double precision'::regtype) THEN 'none'
    WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype, 'text'::regtype) THEN 'lzo'
    WHEN a.atttypid IN ('super'::regtype, 'varbyte'::regtype) THEN 'zstd'
    ELSE 'az64' END) AS encoding,
  coalesce(k.distkey = a.attname, false) AS distkey,
  coalesce(array_position(k.sortkeys, a.attname::text), 0) * CASE WHEN k.interleaved
    AND array_position(k.sortkeys, a.attname::text) % 2 = 0 THEN -1 ELSE 1 END AS sortkey,
  CASE a.attidentity WHEN '' THEN pg_get_expr(d.adbin, d.adrelid)
    ELSE (SELECT format('"identity"(%s, %s, ''%s,%s''::text)', c.oid, a.attnum - 1, s.seqstart, s.seqincrement)
      FROM pg_depend i JOIN pg_sequence s ON s.seqrelid = i.objid WHERE i.classid = 'pg_class'::regclass
        AND i.refclassid = 'pg_class'::regclass AND i.refobjid = c.oid AND i.refobjsubid = a.attnum AND i.deptype = 'i')
  END AS column_default
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.redshift_attributes k ON k.table_id = c.oid
WHERE c.relkind IN ('r', 'v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'sys_history', 'pg_toast');

-- As in Redshift, PG_TABLE_DEF shows only what the search path finds.
CREATE VIEW pg_catalog.pg_table_def AS
SELECT schema_name AS schemaname, table_name AS tablename, column_name AS "column", full_type AS type, encoding,
  distkey, sortkey, attnotnull AS notnull
FROM pg_catalog.redshift_columns WHERE relkind = 'r' AND schema_name = ANY (current_schemas(false));

CREATE VIEW pg_catalog.svv_columns AS
SELECT current_database()::text AS table_catalog, schema_name::text AS table_schema, table_name::text AS table_name,
  column_name::text AS column_name, ordinal_position::integer AS ordinal_position, column_default,
  CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable,
  regexp_replace(full_type, '\(.*\)', '') AS data_type,
  CASE WHEN atttypid IN ('varchar'::regtype, 'bpchar'::regtype) THEN nullif(atttypmod, -1) - 4 END AS character_maximum_length,
  information_schema._pg_numeric_precision(atttypid, atttypmod)::integer AS numeric_precision,
  information_schema._pg_numeric_precision_radix(atttypid, atttypmod)::integer AS numeric_precision_radix,
  information_schema._pg_numeric_scale(atttypid, atttypmod)::integer AS numeric_scale,
  information_schema._pg_datetime_precision(atttypid, atttypmod)::integer AS datetime_precision,
  NULL::text AS interval_type, NULL::text AS interval_precision, NULL::text AS character_set_catalog,
  NULL::text AS character_set_schema, NULL::text AS character_set_name, NULL::text AS collation_catalog,
  NULL::text AS collation_schema, NULL::text AS collation_name, NULL::text AS domain_name,
  col_description(table_id, ordinal_position) AS remarks
FROM pg_catalog.redshift_columns;

CREATE VIEW pg_catalog.svv_redshift_columns AS
SELECT current_database()::text AS database_name, schema_name::text, table_name::text, column_name::text,
  ordinal_position::integer, full_type AS data_type, column_default,
  CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable, encoding, distkey, sortkey, NULL::text AS column_acl,
  col_description(table_id, ordinal_position) AS remarks
FROM pg_catalog.redshift_columns;

CREATE VIEW pg_catalog.svv_tables AS
SELECT table_catalog::text, table_schema::text, table_name::text, table_type::text,
  obj_description(to_regclass(format('%I.%I', table_schema, table_name)), 'pg_class') AS remarks
FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'sys_history');

CREATE VIEW pg_catalog.svv_redshift_tables AS
SELECT table_catalog AS database_name, table_schema AS schema_name, table_name,
  CASE table_type WHEN 'BASE TABLE' THEN 'TABLE' ELSE table_type END AS table_type, NULL::text AS table_acl, remarks
FROM pg_catalog.svv_tables;

CREATE VIEW pg_catalog.svv_redshift_schemas AS
SELECT current_database()::text AS database_name, nspname::text AS schema_name, nspowner::bigint AS schema_owner,
  'local'::text AS schema_type, nspacl::text AS schema_acl, NULL::text AS schema_option
FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)' AND nspname <> 'sys_history';

-- As in Redshift, empty tables do not appear here. Sizes are in blocks of 1 MB.
CREATE VIEW pg_catalog.svv_table_info AS
SELECT current_database()::text AS database, n.nspname::text AS schema, c.oid AS table_id, c.relname::text AS "table",
  'Y'::text AS encoded,
  CASE WHEN c.relkind = 'm' THEN 'EVEN' WHEN k.diststyle = 'KEY' THEN format('KEY(%s)', k.distkey)
    ELSE coalesce(k.diststyle, 'AUTO(ALL)') END AS diststyle,
  CASE WHEN k.interleaved THEN 'INTERLEAVED' ELSE coalesce(k.sortkeys[1], 'AUTO(SORTKEY)') END AS sortkey1,
  (SELECT max(a.atttypmod - 4) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.atttypid = 'varchar'::regtype) AS max_varchar,
  CASE WHEN k.sortkeys[1] IS NOT NULL THEN coalesce(k.encodings ->> k.sortkeys[1], 'none') END AS sortkey1_enc,
  coalesce(cardinality(k.sortkeys), 0) AS sortkey_num,
  ceil(pg_total_relation_size(c.oid) / 1048576.0)::bigint AS size, 0.0::numeric(10,4) AS pct_used, 0::bigint AS empty,
  0.0::numeric(5,2) AS unsorted, 0.0::numeric(5,2) AS stats_off, greatest(c.reltuples, 0)::numeric(38,0) AS tbl_rows,
  NULL::numeric(19,2) AS skew_sortkey1, NULL::numeric(19,2) AS skew_rows,
  greatest(c.reltuples, 0)::numeric(38,0) AS estimated_visible_rows, NULL::text AS risk_event, 0.0::numeric(12,2) AS vacuum_sort_benefit,
  pg_postmaster_start_time() AT TIME ZONE 'UTC' AS create_time
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.redshift_attributes k ON k.table_id = c.oid
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'sys_history')
  AND n.nspname !~ '^pg_' AND pg_relation_size(c.oid) > 0;

DO $$
DECLARE
  item text;
BEGIN
  FOREACH item IN ARRAY ARRAY['redshift_columns', 'redshift_attributes', 'pg_table_def', 'svv_columns',
    'svv_redshift_columns', 'svv_tables', 'svv_redshift_tables', 'svv_redshift_schemas', 'svv_table_info'] LOOP
    EXECUTE format('GRANT SELECT ON pg_catalog.%I TO PUBLIC', item);
  END LOOP;
END $$;
