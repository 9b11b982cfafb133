-- The catalog as Redshift shows it. The views of this schema stand for the tables of PostgreSQL's catalog of the
-- same names (the translation puts them there): they have Redshift's columns and hide what is the engine's own.

CREATE SCHEMA pg_internal;
GRANT USAGE ON SCHEMA pg_internal TO PUBLIC;

-- The codes under which PG_ATTRIBUTE keeps encodings, and their names.
CREATE FUNCTION pg_catalog.format_encoding(code integer) RETURNS varchar IMMUTABLE STRICT LANGUAGE sql
RETURN (ARRAY['none', 'runlength', 'bytedict', 'delta', 'delta32k', 'lzo', 'mostly8', 'mostly16', 'mostly32', 'text255',
  'text32k', 'zstd', 'az64', 'auto', 'raw'])[code + 1]::varchar;
CREATE FUNCTION pg_internal.encoding_code(name text) RETURNS smallint IMMUTABLE LANGUAGE sql
RETURN coalesce(array_position(ARRAY['none', 'runlength', 'bytedict', 'delta', 'delta32k', 'lzo', 'mostly8', 'mostly16', 'mostly32',
  'text255', 'text32k', 'zstd', 'az64', 'auto', 'raw'], name) - 1, 0)::smallint;
CREATE FUNCTION pg_internal.own(name name) RETURNS boolean IMMUTABLE LANGUAGE sql RETURN name IN ('sys_history', 'pg_internal');

-- The columns of a catalog table for a SELECT from it as "t", some of them replaced.
CREATE FUNCTION pg_internal.columns_of(relation text, replaced jsonb) RETURNS text STABLE LANGUAGE sql
RETURN (SELECT string_agg(coalesce('(' || (replaced ->> attname::text) || ')', 't.' || quote_ident(attname)) || ' AS ' || quote_ident(attname), ', '
    ORDER BY attnum)
  FROM pg_attribute WHERE attrelid = ('pg_catalog.' || relation)::regclass AND attnum > 0 AND NOT attisdropped);

-- A view over a catalog table: its columns (some replaced), then more, of the rows that a condition leaves.
CREATE FUNCTION pg_internal.shadow(relation text, replaced jsonb, more text, condition text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE VIEW pg_internal.%I AS SELECT %s%s FROM pg_catalog.%I t WHERE %s', relation,
    pg_internal.columns_of(relation, replaced), CASE WHEN more = '' THEN '' ELSE ', ' || more END, relation, condition);
END $$;

-- The text of a view; NULL of one that somebody has dropped since the catalog was read.
CREATE FUNCTION pg_internal.view_text(schema_name name, view_name name) RETURNS text STABLE LANGUAGE plpgsql AS $$
BEGIN
  RETURN pg_get_viewdef(to_regclass(format('%I.%I', schema_name, view_name)));
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END $$;

-- The keys that a table declares, whether inherited, named or not.
CREATE VIEW pg_internal.declared_keys AS
SELECT k.table_id, c.relnamespace AS namespace, c.relname AS table_name, key ->> 'type' AS type,
  coalesce(nullif(key ->> 'name', ''), c.relname || CASE key ->> 'type' WHEN 'p' THEN '_pkey'
    WHEN 'u' THEN '_' || (key -> 'columns' ->> 0) || '_key' ELSE '_' || (key -> 'columns' ->> 0) || '_fkey' END)::name AS name,
  ARRAY(SELECT a.attnum FROM jsonb_array_elements_text(key -> 'columns') WITH ORDINALITY AS w(name, n)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.table_id AND a.attname = w.name ORDER BY w.n) AS columns,
  to_regclass(key ->> 'table')::oid AS target,
  ARRAY(SELECT a.attnum FROM jsonb_array_elements_text(CASE WHEN jsonb_array_length(key -> 'references') > 0 THEN key -> 'references'
      ELSE (SELECT to_jsonb(o.primary_key) FROM pg_catalog.redshift_attributes o WHERE o.table_id = to_regclass(key ->> 'table')) END) WITH ORDINALITY AS w(name, n)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = to_regclass(key ->> 'table') AND a.attname = w.name ORDER BY w.n) AS target_columns,
  (2000000000 + k.table_id::bigint * 8 % 1000000000 + place)::oid AS oid
FROM pg_catalog.redshift_attributes k
JOIN pg_catalog.pg_class c ON c.oid = k.table_id, jsonb_array_elements(k.constraints) WITH ORDINALITY AS e(key, place);

SELECT pg_internal.shadow('pg_namespace', '{}', '', 'NOT pg_internal.own(t.nspname)');
-- A primary key has an index in the catalog, as drivers expect; it holds nothing.
DO $$
DECLARE
  more text := $m$(SELECT CASE left(k.diststyle, 4) WHEN 'EVEN' THEN 0 WHEN 'KEY' THEN 1 WHEN 'ALL' THEN 8 ELSE 10 END
      FROM (SELECT coalesce((SELECT a.diststyle FROM pg_catalog.redshift_attributes a WHERE a.table_id = t.oid), 'AUTO(ALL)') AS diststyle) k
      )::smallint AS reldiststyle, false AS relhasoids, false AS relhaspkey, 0::smallint AS relukeys, 0::smallint AS relfkeys,
    0::smallint AS relrefs, 0::oid AS reltoastidxid$m$;
BEGIN
  EXECUTE format($m$CREATE VIEW pg_internal.pg_class AS SELECT %s, %s FROM pg_catalog.pg_class t
    WHERE t.relkind NOT IN ('S', 't') AND t.relname !~ '^redshift_' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n
      WHERE n.oid = t.relnamespace AND pg_internal.own(n.nspname))
    UNION ALL SELECT %s, %s FROM pg_catalog.pg_class t JOIN pg_internal.declared_keys k ON k.table_id = t.oid AND k.type = 'p'$m$,
    pg_internal.columns_of('pg_class', $m${"relkind": "CASE t.relkind WHEN 'm' THEN 'v'::\"char\" ELSE t.relkind END"}$m$), more,
    pg_internal.columns_of('pg_class', $m${"oid": "k.oid", "relname": "k.name", "relkind": "'i'::\"char\"", "relnatts": "cardinality(k.columns)::smallint"}$m$), more);
  EXECUTE format($m$CREATE VIEW pg_internal.pg_attribute AS SELECT %s, %s FROM pg_catalog.pg_attribute t
    LEFT JOIN pg_catalog.redshift_columns r ON r.table_id = t.attrelid AND r.ordinal_position = t.attnum
    WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.redshift_late_views l WHERE l.view_id = t.attrelid)
    UNION ALL SELECT %s, %s FROM pg_internal.declared_keys k, unnest(k.columns) WITH ORDINALITY AS w(num, at), pg_catalog.pg_attribute t
      WHERE k.type = 'p' AND t.attrelid = k.table_id AND t.attnum = w.num$m$,
    pg_internal.columns_of('pg_attribute', $m${"atthasdef": "t.atthasdef OR t.attidentity <> ''"}$m$),
    $m$false AS attispreloaded, coalesce(r.distkey, false) AS attisdistkey, coalesce(r.sortkey, 0)::integer AS attsortkeyord,
      pg_internal.encoding_code(r.encoding)::integer AS attencodingtype, 0 AS attencrule, 0::real AS attdispersion$m$,
    pg_internal.columns_of('pg_attribute', '{"attrelid": "k.oid", "attnum": "w.at::smallint", "atthasdef": "false"}'),
    'false, false, 0, 0, 0, 0::real');
  EXECUTE format($m$CREATE VIEW pg_internal.pg_index AS SELECT %s FROM pg_catalog.pg_index t
    UNION ALL SELECT %s FROM pg_internal.declared_keys k, (SELECT * FROM pg_catalog.pg_index ORDER BY indexrelid LIMIT 1) t WHERE k.type = 'p'$m$,
    pg_internal.columns_of('pg_index', '{}'),
    pg_internal.columns_of('pg_index', $m${"indexrelid": "k.oid", "indrelid": "k.table_id", "indnatts": "cardinality(k.columns)::smallint",
      "indnkeyatts": "cardinality(k.columns)::smallint", "indisprimary": "true", "indisunique": "true",
      "indkey": "array_to_string(k.columns, ' ')::int2vector", "indexprs": "NULL::pg_node_tree", "indpred": "NULL::pg_node_tree"}$m$));
  EXECUTE format($m$CREATE VIEW pg_internal.pg_depend AS SELECT %s FROM pg_catalog.pg_depend t
    UNION ALL SELECT 'pg_constraint'::regclass::oid, k.oid, 0, 'pg_class'::regclass::oid, p.oid, 0, 'n'::"char"
    FROM pg_internal.declared_keys k JOIN pg_internal.declared_keys p ON p.table_id = k.target AND p.type = 'p' WHERE k.type = 'f'$m$,
    pg_internal.columns_of('pg_depend', '{}'));
END $$;

-- Defaults with their text; an identity column has its seed and step there.
-- ADBIN is text already; pg_get_expr gives it back.
CREATE VIEW pg_internal.pg_attrdef AS
SELECT d.oid, d.adrelid, d.adnum, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS adbin, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS adsrc
FROM pg_catalog.pg_attrdef d
UNION ALL
SELECT r.table_id, r.table_id, r.ordinal_position, replace(r.column_default, '"identity"', 'default_identity'), r.column_default
FROM pg_catalog.redshift_columns r
JOIN pg_catalog.pg_attribute a ON a.attrelid = r.table_id AND a.attnum = r.ordinal_position AND a.attidentity <> '';
CREATE FUNCTION pg_internal.pg_get_expr(expression text, relation oid) RETURNS text IMMUTABLE LANGUAGE sql RETURN expression;
CREATE FUNCTION pg_internal.pg_get_expr(expression pg_node_tree, relation oid) RETURNS text STABLE LANGUAGE sql
RETURN pg_catalog.pg_get_expr(expression, relation);
CREATE FUNCTION pg_internal.pg_get_expr(expression text, relation oid, pretty boolean) RETURNS text IMMUTABLE LANGUAGE sql
RETURN expression;
CREATE FUNCTION pg_internal.pg_get_expr(expression pg_node_tree, relation oid, pretty boolean) RETURNS text STABLE LANGUAGE sql
RETURN pg_catalog.pg_get_expr(expression, relation, pretty);

CREATE VIEW pg_internal.pg_constraint AS
SELECT oid, conname, connamespace, contype, condeferrable, condeferred, convalidated, conrelid, contypid, conindid, conparentid, confrelid,
  confupdtype, confdeltype, confmatchtype, conislocal, coninhcount, connoinherit, conkey, confkey, conbin, NULL::text AS consrc
FROM pg_catalog.pg_constraint WHERE contype = 'c' AND conname !~ '^(bytes|ascii|number)_of_' AND connamespace <> 11
UNION ALL
SELECT oid, name, namespace, type::"char", false, false, true, table_id, 0, 0, 0, coalesce(target, 0), 'a', 'a', 's', true, 0::smallint, true,
  columns, CASE WHEN type = 'f' THEN target_columns END, NULL, NULL
FROM pg_internal.declared_keys;

CREATE FUNCTION pg_internal.pg_get_constraintdef(constraint_id oid, pretty boolean DEFAULT false) RETURNS text STABLE LANGUAGE sql
BEGIN ATOMIC
  SELECT CASE k.type WHEN 'p' THEN 'PRIMARY KEY (' WHEN 'u' THEN 'UNIQUE (' ELSE 'FOREIGN KEY (' END
    || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY n.at) FROM unnest(k.columns) WITH ORDINALITY AS n(num, at)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.table_id AND a.attnum = n.num) || ')'
    || CASE WHEN k.type = 'f' THEN ' REFERENCES ' || k.target::regclass || '('
      || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY n.at) FROM unnest(k.target_columns) WITH ORDINALITY AS n(num, at)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = k.target AND a.attnum = n.num) || ')' ELSE '' END
  FROM pg_internal.declared_keys k WHERE k.oid = constraint_id
  UNION ALL SELECT pg_catalog.pg_get_constraintdef(constraint_id, pretty)
    WHERE NOT EXISTS (SELECT 1 FROM pg_internal.declared_keys k WHERE k.oid = constraint_id);
END;

SELECT pg_internal.shadow('pg_proc', '{"probin": "NULL::bytea"}', 't.oid AS prooid, t.prokind = ''a'' AS proisagg, t.prokind = ''w'' AS proiswindow', 't.proname !~ ''^(redshift|super|varbyte)_?'' AND NOT EXISTS (
  SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.oid = t.pronamespace AND pg_internal.own(n.nspname))');
SELECT pg_internal.shadow('pg_database', '{}', 'NULL::text[] AS datconfig, 0::oid AS datlastsysoid', 't.datname <> ''postgres''');
SELECT pg_internal.shadow('pg_type', '{}', '',
  't.typname !~ ''^_?(redshift_|pg_internal)'' AND NOT EXISTS (
  SELECT 1 FROM pg_catalog.pg_namespace n WHERE n.oid = t.typnamespace AND pg_internal.own(n.nspname))');
SELECT pg_internal.shadow('pg_tables', '{"hasindexes": "false", "hastriggers": "false"}', '', 'NOT pg_internal.own(t.schemaname) AND t.tablename !~ ''^redshift_''');
-- A materialized view is a view to Redshift's catalog, whose definition says what it is.
CREATE VIEW pg_internal.materialized AS
SELECT schemaname, matviewname, matviewowner,
  format('CREATE MATERIALIZED VIEW %I.%I AS %s', schemaname, matviewname, ltrim(definition)) AS definition
FROM pg_catalog.pg_matviews;
SELECT pg_internal.shadow('pg_views', '{"definition": "pg_internal.view_text(t.schemaname, t.viewname)"}', '', 'NOT pg_internal.own(t.schemaname) AND t.viewname !~ ''^redshift_''
  UNION ALL SELECT m.schemaname, m.matviewname, m.matviewowner, m.definition FROM pg_internal.materialized m');
SELECT pg_internal.shadow('pg_user', '{}', 't.usesuper AS usecatupd', 'true');
CREATE VIEW pg_internal.pg_stat_activity AS
SELECT datid, datname, pid AS procpid, pid, usesysid, usename, application_name, state, ''::text AS current_query, ''::text AS query,
  query_start, backend_start, xact_start
FROM pg_catalog.pg_stat_activity WHERE application_name <> 'dpctl-engine' AND backend_type = 'client backend';

CREATE VIEW pg_internal.tables AS
SELECT table_catalog::varchar, table_schema::varchar, table_name::varchar, table_type::varchar
FROM information_schema.tables WHERE NOT pg_internal.own(table_schema::name) AND table_name !~ '^redshift_'
UNION ALL SELECT current_database()::varchar, schemaname::varchar, matviewname::varchar, 'VIEW' FROM pg_internal.materialized;
CREATE VIEW pg_internal.views AS
SELECT table_catalog::varchar, table_schema::varchar, table_name::varchar,
  pg_internal.view_text(table_schema::name, table_name::name)::varchar AS view_definition, check_option::varchar,
  is_updatable::varchar, is_insertable_into::varchar
FROM information_schema.views WHERE NOT pg_internal.own(table_schema::name) AND table_name !~ '^redshift_'
UNION ALL SELECT current_database()::varchar, schemaname::varchar, matviewname::varchar, definition::varchar, 'NONE', 'NO', 'NO'
FROM pg_internal.materialized;
CREATE VIEW pg_internal.schemata AS SELECT * FROM information_schema.schemata WHERE NOT pg_internal.own(schema_name::name);
DO $$
BEGIN
  EXECUTE (SELECT 'CREATE VIEW pg_internal.columns AS SELECT ' || string_agg(CASE attname
      WHEN 'data_type' THEN '(CASE WHEN data_type = ''USER-DEFINED'' THEN replace(udt_name::text, ''varbyte'', ''binary varying'') ELSE data_type::text END)::varchar AS data_type'
      ELSE quote_ident(attname) END, ', ' ORDER BY attnum)
    || ' FROM information_schema.columns WHERE NOT pg_internal.own(table_schema::name) AND table_name !~ ''^redshift_'''
    FROM pg_attribute WHERE attrelid = 'information_schema.columns'::regclass AND attnum > 0);
END $$;

CREATE VIEW pg_internal.table_constraints AS
SELECT current_database()::varchar AS constraint_catalog, n.nspname::varchar AS constraint_schema, k.name::varchar AS constraint_name,
  current_database()::varchar AS table_catalog, n.nspname::varchar AS table_schema, k.table_name::varchar AS table_name,
  CASE k.type WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' ELSE 'FOREIGN KEY' END::varchar AS constraint_type,
  'NO'::varchar AS is_deferrable, 'NO'::varchar AS initially_deferred
FROM pg_internal.declared_keys k JOIN pg_catalog.pg_namespace n ON n.oid = k.namespace;
CREATE VIEW pg_internal.key_column_usage AS
SELECT current_database()::varchar AS constraint_catalog, n.nspname::varchar AS constraint_schema, k.name::varchar AS constraint_name,
  current_database()::varchar AS table_catalog, n.nspname::varchar AS table_schema, k.table_name::varchar AS table_name,
  a.attname::varchar AS column_name, c.at::integer AS ordinal_position, NULL::integer AS position_in_unique_constraint
FROM pg_internal.declared_keys k JOIN pg_catalog.pg_namespace n ON n.oid = k.namespace, unnest(k.columns) WITH ORDINALITY AS c(num, at),
  pg_catalog.pg_attribute a WHERE a.attrelid = k.table_id AND a.attnum = c.num;

-- Views that only Redshift has.
CREATE VIEW pg_catalog.pg_class_info AS
SELECT c.*, CASE c.reldiststyle WHEN 10 THEN 10 ELSE c.reldiststyle END::integer AS releffectivediststyle,
  pg_postmaster_start_time()::timestamp AS relcreationtime
FROM pg_internal.pg_class c;
CREATE VIEW pg_catalog.pg_attribute_info AS SELECT * FROM pg_internal.pg_attribute;
CREATE VIEW pg_catalog.pg_proc_info AS SELECT * FROM pg_internal.pg_proc;
CREATE VIEW pg_catalog.pg_external_schema AS
SELECT 0::oid AS esoid, 0::integer AS eskind, ''::text AS esdbname, ''::text AS esoptions WHERE false;

CREATE VIEW pg_catalog.svv_redshift_databases AS
SELECT d.datname::varchar(128) AS database_name, d.datdba::integer AS database_owner, 'local'::varchar(32) AS database_type,
  d.datacl::text AS database_acl, ''::varchar AS database_options, 'Snapshot Isolation'::varchar AS database_isolation_level
FROM pg_catalog.pg_database d WHERE NOT d.datistemplate AND d.datname <> 'postgres';
CREATE VIEW pg_catalog.svv_all_schemas AS
SELECT s.database_name::varchar(128), s.schema_name::varchar(128), s.schema_owner::integer, s.schema_type::varchar(128), s.schema_acl::varchar(128),
  NULL::varchar(128) AS source_database, s.schema_option::varchar(128) FROM pg_catalog.svv_redshift_schemas s;
CREATE VIEW pg_catalog.svv_all_tables AS
SELECT t.database_name::varchar(128), t.schema_name::varchar(128), t.table_name::varchar(128), t.table_acl::varchar(128), t.table_type::varchar(128), t.remarks::varchar(256)
FROM pg_catalog.svv_redshift_tables t;
CREATE VIEW pg_catalog.svv_all_columns AS
SELECT c.table_catalog::varchar(128) AS database_name, c.table_schema::varchar(128) AS schema_name, c.table_name::varchar(128),
  c.column_name::varchar(128), c.ordinal_position, c.column_default::varchar(4000), c.is_nullable::varchar(3), c.data_type::varchar(128),
  c.character_maximum_length, c.numeric_precision, c.numeric_scale, c.remarks::varchar(256)
FROM pg_catalog.svv_columns c;
CREATE VIEW pg_catalog.svv_redshift_functions AS
SELECT current_database()::varchar(128) AS database_name, n.nspname::varchar(128) AS schema_name, p.proname::varchar(128) AS function_name,
  CASE p.prokind WHEN 'p' THEN 'STORED PROCEDURE' WHEN 'a' THEN 'AGGREGATED FUNCTION' ELSE 'REGULAR FUNCTION' END::varchar(128) AS function_type,
  pg_get_function_identity_arguments(p.oid)::varchar(512) AS argument_type, pg_get_function_result(p.oid)::varchar(128) AS result_type
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'sys_history');
CREATE VIEW pg_catalog.svv_user_info AS
SELECT u.usename::text AS user_name, u.usesysid::integer AS user_id, u.usecreatedb AS createdb, u.usesuper AS superuser, false AS catalog_update,
  'UNLIMITED'::text AS connection_limit, CASE WHEN u.usesuper THEN 'UNRESTRICTED' ELSE 'RESTRICTED' END AS syslog_access,
  NULL::timestamp AS last_ddl_ts, 'default'::text AS session_timeout, NULL::text AS external_id
FROM pg_catalog.pg_user u;
CREATE VIEW pg_catalog.svv_roles AS
SELECT r.oid::integer AS role_id, r.rolname::text AS role_name, 'rdsdb'::text AS role_owner, NULL::text AS external_id
FROM pg_catalog.pg_roles r WHERE NOT r.rolcanlogin AND r.rolname !~ '^(pg_|redshift_engine$)';
CREATE VIEW pg_catalog.svv_user_grants AS
SELECT u.oid::integer AS user_id, u.rolname::text AS user_name, r.oid::integer AS role_id, r.rolname::text AS role_name, m.admin_option
FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles u ON u.oid = m.member AND u.rolcanlogin JOIN pg_catalog.pg_roles r ON r.oid = m.roleid AND NOT r.rolcanlogin;
CREATE VIEW pg_catalog.svv_role_grants AS
SELECT u.oid::integer AS role_id, u.rolname::text AS role_name, r.oid::integer AS granted_role_id, r.rolname::text AS granted_role_name
FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles u ON u.oid = m.member AND NOT u.rolcanlogin JOIN pg_catalog.pg_roles r ON r.oid = m.roleid AND NOT r.rolcanlogin
WHERE r.rolname !~ '^(pg_|redshift_engine$)';

CREATE VIEW pg_internal.grants AS
SELECT g.*, coalesce(r.oid::integer, 0) AS identity_id, coalesce(r.rolname::text, 'public') AS identity_name,
  CASE WHEN r.oid IS NULL THEN 'public' WHEN r.rolcanlogin THEN 'user' ELSE 'role' END AS identity_type
FROM (
  SELECT 'relation' AS kind, n.nspname::text AS namespace_name, c.relname::text AS object_name, a.* FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a WHERE n.nspname !~ '^pg_' AND NOT pg_internal.own(n.nspname)
      AND n.nspname <> 'information_schema'
  UNION ALL SELECT 'schema', n.nspname::text, n.nspname::text, a.* FROM pg_catalog.pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname !~ '^pg_' AND NOT pg_internal.own(n.nspname)
  UNION ALL SELECT 'database', d.datname::text, d.datname::text, a.* FROM pg_catalog.pg_database d, aclexplode(d.datacl) a
  UNION ALL SELECT 'function', n.nspname::text, p.proname::text, a.* FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace,
    aclexplode(p.proacl) a WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT pg_internal.own(n.nspname)
) g LEFT JOIN pg_catalog.pg_roles r ON r.oid = g.grantee;
CREATE VIEW pg_catalog.svv_relation_privileges AS SELECT namespace_name, object_name AS relation_name, privilege_type, identity_id, identity_name, identity_type,
  is_grantable AS admin_option FROM pg_internal.grants WHERE kind = 'relation';
CREATE VIEW pg_catalog.svv_schema_privileges AS SELECT namespace_name, privilege_type, identity_id, identity_name, identity_type, is_grantable AS admin_option
FROM pg_internal.grants WHERE kind = 'schema';
CREATE VIEW pg_catalog.svv_database_privileges AS SELECT object_name AS database_name, privilege_type, identity_id, identity_name, identity_type, is_grantable AS admin_option
FROM pg_internal.grants WHERE kind = 'database';
CREATE VIEW pg_catalog.svv_function_privileges AS SELECT namespace_name, object_name AS function_name, ''::text AS argument_types, privilege_type, identity_id, identity_name,
  identity_type, is_grantable AS admin_option FROM pg_internal.grants WHERE kind = 'function';
CREATE VIEW pg_catalog.svv_column_privileges AS
SELECT n.nspname::text AS namespace_name, c.relname::text AS relation_name, t.attname::text AS column_name, a.privilege_type, a.grantee::integer AS identity_id,
  coalesce(r.rolname::text, 'public') AS identity_name, CASE WHEN r.oid IS NULL THEN 'public' WHEN r.rolcanlogin THEN 'user' ELSE 'role' END AS identity_type
FROM pg_catalog.pg_attribute t JOIN pg_catalog.pg_class c ON c.oid = t.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, aclexplode(t.attacl) a
LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee;
CREATE VIEW pg_catalog.svv_default_privileges AS
SELECT n.nspname::text AS schema_name, CASE d.defaclobjtype WHEN 'r' THEN 'RELATION' WHEN 'f' THEN 'FUNCTION' ELSE 'PROCEDURE' END AS object_type,
  o.oid::integer AS owner_id, o.rolname::text AS owner_name, 'user'::text AS owner_type, a.privilege_type, a.grantee::integer AS grantee_id,
  coalesce(r.rolname::text, 'public') AS grantee_name, CASE WHEN r.oid IS NULL THEN 'public' WHEN r.rolcanlogin THEN 'user' ELSE 'role' END AS grantee_type,
  a.is_grantable AS admin_option
FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace JOIN pg_catalog.pg_roles o ON o.oid = d.defaclrole,
  aclexplode(d.defaclacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee;
CREATE VIEW pg_catalog.svv_mv_info AS
SELECT current_database()::char(128) AS database_name, n.nspname::char(128) AS schema_name, u.rolname::char(128) AS user_name, c.relname::char(128) AS name,
  false AS is_stale, 'Ready'::text AS state, 'f'::char(1) AS autorewrite, 'f'::char(1) AS autorefresh
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_roles u ON u.oid = c.relowner WHERE c.relkind = 'm';

-- What the sandbox has nothing of: no rows, the documented columns.
CREATE FUNCTION pg_internal.nothing(name text, columns text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE VIEW pg_catalog.%I AS SELECT %s WHERE false', name,
    (SELECT string_agg(format('NULL::%s AS %I', coalesce(nullif(split_part(c, ' ', 2), ''), 'text'), split_part(c, ' ', 1)), ', ')
     FROM regexp_split_to_table(columns, ',\s*') AS c));
END $$;
SELECT pg_internal.nothing(name, columns) FROM (VALUES
  ('svv_external_schemas', 'esoid oid, eskind smallint, schemaname name, esowner integer, databasename, esoptions'),
  ('svv_external_databases', 'eskind integer, databasename, esoptions'),
  ('svv_external_tables', 'redshift_database_name, schemaname, tablename, tabletype, location, input_format, output_format, serialization_lib, serde_parameters, compressed integer, parameters'),
  ('svv_external_columns', 'redshift_database_name, schemaname, tablename, columnname, external_type, columnnum integer, part_key integer, is_nullable'),
  ('svv_external_partitions', 'schemaname, tablename, values, location, input_format, output_format, serialization_lib, serde_parameters, compressed integer, parameters'),
  ('svv_datashares', 'share_name, share_id integer, share_owner integer, source_database, consumer_database, share_type, createdate timestamp, is_publicaccessible boolean, share_acl, producer_account, producer_namespace, managed_by'),
  ('svv_datashare_objects', 'share_type, share_name, object_type, object_name, producer_account, producer_namespace, include_new boolean'),
  ('svv_datashare_consumers', 'share_name, consumer_account, consumer_namespace, share_date timestamp'),
  ('svv_ml_model_info', 'schema_name, user_name, model_name, life_cycle, is_refreshable integer, model_state'),
  ('svv_rls_policy', 'poldb, polname, polalias, polatts, polqual, polenabled boolean, polmodifiedby, polmodifiedtime timestamp'),
  ('svv_interleaved_columns', 'tbl integer, col integer, interleaved_skew numeric, last_reindex timestamp'),
  ('svv_alter_table_recommendations', 'type, database, table_id integer, group_id integer, ddl, auto_eligible'),
  ('svv_integration', 'integration_id, target_database, source, state, current_lag bigint, last_replicated_checkpoint, total_tables_replicated integer, total_tables_failed integer, creation_time timestamp'),
  ('sys_connection_log', 'event, record_time timestamp, remote_host, remote_port, session_id integer, database_name, user_name, auth_method, duration bigint, ssl_version, ssl_cipher, application_name, os_version, driver_version'),
  ('sys_external_query_detail', 'user_id integer, query_id bigint, transaction_id bigint, child_query_sequence integer, segment_id integer, source_type, start_time timestamp, end_time timestamp, duration bigint, total_partitions bigint, qualified_partitions bigint, scanned_files bigint, returned_rows bigint, returned_bytes bigint, file_format, file_location, external_query_text'),
  ('sys_query_detail', 'user_id integer, query_id bigint, child_query_sequence integer, stream_id integer, segment_id integer, step_id integer, step_name, table_id integer, table_name, is_rrscan, start_time timestamp, end_time timestamp, duration bigint, alert, input_bytes bigint, input_rows bigint, output_bytes bigint, output_rows bigint, blocks_read bigint, blocks_write bigint, local_read_io bigint, remote_read_io bigint, source, data_skewness integer, time_skewness integer, is_active, spilled_block_local_disk bigint, spilled_block_remote_disk bigint'),
  ('sys_query_explain', 'user_id integer, query_id bigint, child_query_sequence integer, plan_node_id integer, plan_parent_id integer, plan_node, plan_info'),
  ('sys_vacuum_history', 'user_id integer, transaction_id bigint, query_id bigint, database_name, schema_name, table_name, table_id integer, vacuum_type, is_automatic boolean, status, start_time timestamp, end_time timestamp, rows_before_vacuum bigint'),
  ('sys_analyze_history', 'user_id integer, transaction_id bigint, query_id bigint, database_name, schema_name, table_name, table_id integer, is_automatic, status, start_time timestamp, end_time timestamp, rows bigint, modified_rows bigint, analyze_threshold_percent integer, last_analyze_time timestamp'),
  ('sys_procedure_call', 'session_user_id integer, user_id integer, query_id bigint, session_id integer, database_name, procedure_name, status, start_time timestamp, end_time timestamp'),
  ('sys_mv_refresh_history', 'user_id integer, session_user_id integer, transaction_id bigint, database_name, schema_name, mv_id bigint, mv_name, refresh_type, status, start_time timestamp, end_time timestamp, duration bigint'),
  ('sys_userlog', 'user_id integer, user_name, original_user_name, action, has_create_db_privs integer, is_superuser integer, has_update_catalog_privs integer, password_expiration timestamp, session_id integer, transaction_id bigint, record_time timestamp'),
  ('sys_transaction_history', 'user_id integer, transaction_id bigint, isolation_level, status, transaction_start_time timestamp, commit_start_time timestamp, commit_end_time timestamp, blocks_committed bigint, undo_start_time timestamp, undo_end_time timestamp'),
  ('sys_serverless_usage_limits', 'usage_limit_id, feature_type, amount bigint'),
  ('sys_integration_activity', 'integration_id, target_database, source, checkpoint_name, checkpoint_type, checkpoint_bytes bigint, last_commit_timestamp timestamp, modified_tables integer, integration_start_time timestamp, integration_end_time timestamp')
) AS v(name, columns);

CREATE VIEW pg_catalog.sys_query_text AS
SELECT q.user_id, q.query_id, q.transaction_id, q.session_id, q.start_time, 0 AS sequence, q.query_text::varchar(4000) AS text
FROM pg_catalog.sys_query_history q;
CREATE VIEW pg_catalog.sys_session_history AS
SELECT u.usesysid::integer AS user_id, a.pid AS session_id, a.datname::text AS database_name, 'active'::text AS status, a.backend_start::timestamp AS session_start_time, NULL::timestamp AS session_end_time
FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_user u ON u.usename = a.usename WHERE a.application_name <> 'dpctl-engine';

-- Columns of views, late-binding ones above all.
CREATE FUNCTION pg_catalog.pg_get_late_binding_view_cols() RETURNS SETOF record STABLE LANGUAGE sql AS $$
  SELECT schema_name, table_name, column_name, full_type::varchar, ordinal_position::integer FROM pg_catalog.redshift_columns
  WHERE table_id IN (SELECT view_id FROM pg_catalog.redshift_late_views)
$$;
CREATE FUNCTION pg_catalog.pg_get_cols(relation text) RETURNS SETOF record STABLE LANGUAGE sql AS $$
  SELECT schema_name, table_name, column_name, full_type::varchar, ordinal_position::integer FROM pg_catalog.redshift_columns
  WHERE table_id = relation::regclass
$$;

-- SHOW TABLE and SHOW VIEW.
CREATE FUNCTION pg_internal.column_ddl(r pg_catalog.redshift_columns) RETURNS text STABLE LANGUAGE sql
RETURN '    ' || quote_ident(r.column_name) || ' ' || r.full_type || CASE WHEN r.attnotnull THEN ' NOT NULL' ELSE '' END
  || CASE WHEN r.column_default LIKE '"identity"%' THEN regexp_replace(r.column_default, $re$^.*'(-?\d+),(-?\d+)'.*$$re$, ' identity(\1,\2)')
    WHEN r.column_default IS NOT NULL THEN ' DEFAULT ' || r.column_default ELSE '' END
  || ' ENCODE ' || CASE r.encoding WHEN 'none' THEN 'raw' ELSE r.encoding END || CASE WHEN r.distkey THEN ' distkey' ELSE '' END;
CREATE FUNCTION pg_catalog.redshift_table_ddl(relation regclass) RETURNS varchar STABLE LANGUAGE sql
BEGIN ATOMIC
  SELECT 'CREATE TABLE ' || max(quote_ident(r.schema_name) || '.' || quote_ident(r.table_name)) || E' (\n'
    || string_agg(pg_internal.column_ddl(r), E',\n' ORDER BY r.ordinal_position)
    || coalesce((SELECT string_agg(E',\n    ' || pg_internal.pg_get_constraintdef(k.oid), '' ORDER BY k.oid)
        FROM pg_internal.declared_keys k WHERE k.table_id = relation), '')
    || E'\n)\nDISTSTYLE ' || max(CASE WHEN coalesce(a.diststyle, 'AUTO') LIKE 'AUTO%' THEN 'AUTO' ELSE a.diststyle END)
    || coalesce(E'\nSORTKEY ( ' || nullif(array_to_string(max(a.sortkeys), ', '), '') || ' )', '') || ';'
  FROM pg_catalog.redshift_columns r LEFT JOIN pg_catalog.redshift_attributes a USING (table_id) WHERE r.table_id = relation;
END;
CREATE FUNCTION pg_catalog.redshift_view_ddl(relation regclass) RETURNS varchar STABLE LANGUAGE sql
BEGIN ATOMIC
  SELECT 'CREATE VIEW ' || relation::text || ' AS ' || coalesce((SELECT l.definition || ' WITH NO SCHEMA BINDING;' FROM pg_catalog.redshift_late_views l
    WHERE l.view_id = relation), pg_get_viewdef(relation));
END;

-- A late-binding view is made: now if it can be, else when it is used.
CREATE FUNCTION pg_catalog.redshift_late_view(target text, definition text, replacing boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  bound boolean := true;
BEGIN
  BEGIN
    EXECUTE format('CREATE %s VIEW %s AS %s', CASE WHEN replacing THEN 'OR REPLACE' ELSE '' END, target, definition);
  EXCEPTION WHEN undefined_table OR undefined_column OR invalid_schema_name OR undefined_function THEN
    IF replacing THEN
      EXECUTE format('DROP VIEW IF EXISTS %s', target);
    END IF;
    EXECUTE format('CREATE VIEW %s AS SELECT NULL::varchar AS "?column?" WHERE false', target);
    bound := false;
  WHEN invalid_table_definition THEN
    EXECUTE format('DROP VIEW IF EXISTS %s', target);
    EXECUTE format('CREATE VIEW %s AS %s', target, definition);
  END;
  PERFORM pg_internal.remember_late(target::regclass, definition, bound);
END $$;
CREATE FUNCTION pg_internal.remember_late(view regclass, definition text, bound boolean) RETURNS void SECURITY DEFINER LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO pg_catalog.redshift_late_views VALUES (view, definition, bound)
  ON CONFLICT (view_id) DO UPDATE SET definition = EXCLUDED.definition, bound = EXCLUDED.bound;
END;

-- Before a late-binding view is used: make it what its text says now. Raises what the text raises.
CREATE FUNCTION pg_catalog.redshift_bind_late(names text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  item record;
  target text;
BEGIN
  FOR item IN SELECT l.*, c.relname, n.nspname FROM pg_catalog.redshift_late_views l JOIN pg_class c ON c.oid = l.view_id
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT l.bound AND c.relname = ANY (names)
  LOOP
    target := format('%I.%I', item.nspname, item.relname);
    PERFORM pg_internal.rebuild_late(item.view_id, target, item.definition);
  END LOOP;
END $$;
CREATE FUNCTION pg_internal.rebuild_late(view oid, target text, definition text) RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE
  allowed record;
  acl aclitem[] := (SELECT relacl FROM pg_class WHERE oid = view);
  owner name := (SELECT r.rolname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE c.oid = view);
BEGIN
  BEGIN
    EXECUTE format('CREATE OR REPLACE VIEW %s AS %s', target, definition);
  EXCEPTION WHEN invalid_table_definition THEN
    EXECUTE format('DROP VIEW %s', target);
    EXECUTE format('CREATE VIEW %s AS %s', target, definition);
    EXECUTE format('ALTER VIEW %s OWNER TO %I', target, owner);
    FOR allowed IN SELECT * FROM aclexplode(acl) LOOP
      EXECUTE format('GRANT %s ON %s TO %s%s', allowed.privilege_type, target,
        CASE WHEN allowed.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(allowed.grantee)) END,
        CASE WHEN allowed.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END);
    END LOOP;
    DELETE FROM pg_catalog.redshift_late_views WHERE view_id = view;
  END;
  PERFORM pg_internal.remember_late(target::regclass, definition, true);
END $$;

-- Before a relation is changed or dropped: the late-binding views over it let go of it.
CREATE FUNCTION pg_catalog.redshift_unbind_late(names text[]) RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE
  item record;
BEGIN
  FOR item IN
    WITH RECURSIVE above(view_id) AS (
      SELECT DISTINCT r.ev_class FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class c ON c.oid = d.refobjid
        JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND r.ev_class <> d.refobjid
        AND CASE WHEN names @> ARRAY['drop', 'schema'] THEN n.nspname = ANY (names)
          ELSE c.relname = ANY (names) AND (n.nspname = ANY (names) OR n.nspname = ANY (current_schemas(true))) END
      UNION SELECT r.ev_class FROM above a JOIN pg_depend d ON d.refobjid = a.view_id AND d.classid = 'pg_rewrite'::regclass
        AND d.refclassid = 'pg_class'::regclass JOIN pg_rewrite r ON r.oid = d.objid WHERE r.ev_class <> d.refobjid)
    SELECT l.view_id, format('%I.%I', n.nspname, c.relname) AS target,
      (SELECT string_agg(format('NULL::%s AS %I', format_type(a.atttypid, a.atttypmod), a.attname), ', ' ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = l.view_id AND a.attnum > 0) AS columns
    FROM above JOIN pg_catalog.redshift_late_views l USING (view_id) JOIN pg_class c ON c.oid = l.view_id JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE l.bound
  LOOP
    BEGIN
      EXECUTE format('CREATE OR REPLACE VIEW %s AS SELECT %s WHERE false', item.target, item.columns);
      UPDATE pg_catalog.redshift_late_views SET bound = false WHERE view_id = item.view_id;
    EXCEPTION WHEN undefined_table OR invalid_schema_name THEN
      CONTINUE; -- somebody else has dropped it meanwhile
    END;
  END LOOP;
END $$;

DO $$
DECLARE
  item record;
BEGIN
  FOR item IN SELECT c.oid::regclass AS relation FROM pg_class c WHERE c.relkind = 'v'
    AND (c.relnamespace = 'pg_internal'::regnamespace OR (c.relnamespace = 'pg_catalog'::regnamespace AND c.relname ~ '^(svv_|sys_|pg_(class|attribute|proc)_info|pg_external_schema)'))
  LOOP
    EXECUTE format('GRANT SELECT ON %s TO PUBLIC', item.relation);
  END LOOP;
END $$;
GRANT SELECT ON pg_catalog.redshift_late_views TO PUBLIC;

-- FIXEDWIDTH: "The UNLOAD command will fail rather than truncate data" (Developer Guide). The first is never true.
CREATE FUNCTION pg_catalog.redshift_too_wide(value text, width integer) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'A value has % characters, more than the width % of its FIXEDWIDTH column', length(value), width USING ERRCODE = '22001';
END $$;
CREATE FUNCTION pg_catalog.redshift_padded(value text, width integer) RETURNS text IMMUTABLE STRICT LANGUAGE sql
RETURN CASE WHEN length(value) <= width OR redshift_too_wide(value, width) THEN rpad(value, width) END;
