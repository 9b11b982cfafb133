-- What ran: the tables the engine writes and the SYS_* views that show them. As in Redshift, a superuser sees
-- every row and other users their own. Times are UTC; durations are microseconds.

CREATE SCHEMA sys_history;

CREATE TABLE sys_history.query (
  user_id integer, query_id bigint, query_label text, transaction_id bigint, session_id integer, database_name text,
  query_type text, status text, result_cache_hit boolean, start_time timestamp, end_time timestamp, elapsed_time bigint,
  queue_time bigint, execution_time bigint, error_message text, returned_rows bigint, returned_bytes bigint,
  query_text text, usage_limit text, compute_type text
);

-- What runs at the moment; written anew before it is read.
CREATE UNLOGGED TABLE sys_history.running (LIKE sys_history.query);

CREATE TABLE sys_history.load (
  user_id integer, query_id bigint, transaction_id bigint, session_id integer, database_name text, status text,
  table_name text, start_time timestamp, end_time timestamp, duration bigint, data_source text, file_format text,
  loaded_rows bigint, loaded_bytes bigint, source_file_count integer, source_file_bytes bigint,
  file_count_scanned integer, file_bytes_scanned bigint, error_count bigint, copy_job_id bigint
);

CREATE TABLE sys_history.load_error (
  user_id integer, query_id bigint, transaction_id bigint, session_id integer, database_name text, table_id integer,
  start_time timestamp, file_name text, line_number bigint, column_name text, column_type text, column_length text,
  position integer, error_code integer, error_message text
);

CREATE TABLE sys_history.unload (
  user_id integer, query_id bigint, transaction_id bigint, session_id integer, database_name text, status text,
  start_time timestamp, end_time timestamp, duration bigint, file_format text, compression_type text,
  unloaded_location text, unloaded_rows bigint, unloaded_files_count bigint, unloaded_files_size bigint,
  error_message text
);

CREATE TABLE sys_history.copy_job (
  job_id bigint PRIMARY KEY, job_name text UNIQUE, user_name text, bucket text, prefix text, iam_role text,
  copy_text text, is_auto boolean, on_error_suspend boolean DEFAULT false, created timestamp
);

CREATE TABLE sys_history.copy_job_file (
  user_id integer, database_name text, job_id bigint, job_name text, file_location text, file_name text,
  file_size bigint, file_etag text, job_text text, modification_time timestamp, enqueue_time timestamp, status text
);

-- What was under a job's prefix when it was made.
CREATE TABLE sys_history.copy_job_seen (job_id bigint, file_name text);

CREATE FUNCTION pg_catalog.redshift_sees(user_id integer) RETURNS boolean STABLE LANGUAGE sql
RETURN (SELECT usesuper OR usesysid::integer = user_id FROM pg_user WHERE usename = current_user);

CREATE VIEW pg_catalog.sys_query_history AS
SELECT * FROM (SELECT * FROM sys_history.query UNION ALL SELECT * FROM sys_history.running) q WHERE redshift_sees(user_id);
CREATE VIEW pg_catalog.sys_load_history AS SELECT * FROM sys_history.load WHERE redshift_sees(user_id);
CREATE VIEW pg_catalog.sys_load_error_detail AS SELECT * FROM sys_history.load_error WHERE redshift_sees(user_id);
CREATE VIEW pg_catalog.sys_unload_history AS SELECT * FROM sys_history.unload WHERE redshift_sees(user_id);

CREATE VIEW pg_catalog.sys_copy_job AS
SELECT job_id, job_name, NULL::text AS data_source, copy_text AS copy_query, iam_role, copy_text AS job_text,
  is_auto::integer AS is_auto, on_error_suspend::integer AS on_error_suspend
FROM sys_history.copy_job;

CREATE VIEW pg_catalog.sys_copy_job_detail AS SELECT * FROM sys_history.copy_job_file WHERE redshift_sees(user_id);

CREATE VIEW pg_catalog.sys_copy_job_info AS
SELECT job_id, job_name, 's3://' || bucket || '/' || prefix AS data_source, is_auto::integer AS is_auto, created AS create_time,
  (SELECT count(*) FROM sys_history.copy_job_file f WHERE f.job_id = j.job_id) AS file_count
FROM sys_history.copy_job j;

CREATE TABLE sys_history.integration (bucket text PRIMARY KEY, target text);

CREATE VIEW pg_catalog.svv_copy_job_integrations AS
SELECT DISTINCT 'arn:aws:s3:::' || j.bucket AS data_source, CASE WHEN i.bucket IS NULL THEN 'inactive' ELSE 'active' END AS status,
  i.target AS target
FROM sys_history.copy_job j LEFT JOIN sys_history.integration i USING (bucket);

CREATE VIEW pg_catalog.sys_serverless_usage AS
SELECT date_trunc('minute', start_time) AS start_time, date_trunc('minute', start_time) + interval '1 minute' AS end_time,
  ceil(sum(execution_time) / 1000000.0)::bigint * 128 AS compute_seconds, 128::numeric AS compute_capacity,
  (pg_database_size(current_database()) / 1048576)::bigint AS data_storage,
  0::bigint AS cross_region_transferred_data, 60::bigint * 128 AS charged_seconds
FROM sys_history.query GROUP BY 1;

DO $$
DECLARE
  item text;
BEGIN
  FOREACH item IN ARRAY ARRAY['sys_query_history', 'sys_load_history', 'sys_load_error_detail', 'sys_unload_history',
    'sys_copy_job', 'sys_copy_job_detail', 'sys_copy_job_info', 'svv_copy_job_integrations', 'sys_serverless_usage'] LOOP
    EXECUTE format('GRANT SELECT ON pg_catalog.%I TO PUBLIC', item);
  END LOOP;
END $$;
