-- What of the engine's own works for every client has no power beyond the database: clients write procedures, whose
-- statements nobody reads beforehand, so whatever such a function can be made to do, a client can do.

-- It belongs to a role that is a member of every user, and no superuser of PostgreSQL: it reaches no file and no program.
DO $$
DECLARE
  item record;
BEGIN
  FOR item IN SELECT p.oid::regprocedure AS called FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE p.prosecdef AND n.nspname IN ('pg_catalog', 'pg_internal', 'sys_history')
  LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO redshift_engine', item.called);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON pg_catalog.redshift_attributes, pg_catalog.redshift_late_views TO redshift_engine;

-- Nobody else writes the engine's tables, nor PostgreSQL's catalog through a view: pg_write_all_data, which Redshift's
-- superusers have, opens both, and what is written through a view is written as its owner.
CREATE FUNCTION pg_internal.refuse_writing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_LEVEL = 'STATEMENT' AND current_user IN ('rdsdb', 'redshift_engine') THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'permission denied for relation %', TG_RELNAME USING ERRCODE = '42501';
END $$;
DO $$
DECLARE
  item record;
BEGIN
  FOR item IN SELECT c.oid::regclass AS relation, c.relkind = 'v' AS is_view FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('pg_catalog', 'pg_internal', 'sys_history', 'information_schema') AND c.relname <> 'pg_settings'
      AND CASE c.relkind WHEN 'v' THEN pg_relation_is_updatable(c.oid, false) & 28 <> 0 ELSE c.relkind = 'r' AND c.oid >= 16384 END
  LOOP
    EXECUTE format('CREATE TRIGGER refuse_writing %s INSERT OR UPDATE OR DELETE ON %s FOR EACH %s EXECUTE FUNCTION pg_internal.refuse_writing()',
      CASE WHEN item.is_view THEN 'INSTEAD OF' ELSE 'BEFORE' END, item.relation, CASE WHEN item.is_view THEN 'ROW' ELSE 'STATEMENT' END);
  END LOOP;
END $$;
