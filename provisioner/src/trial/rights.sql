-- The rights of the role that is logged in, by the server's own functions. $1: whether it also writes.
SELECT pg_catalog.json_build_object(
  'connect', pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CONNECT'),
  'create_in_database', pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
  'create_in_public', (
    SELECT pg_catalog.has_schema_privilege(n.oid, 'CREATE') FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public'),
  'lacking', coalesce((
    SELECT pg_catalog.json_agg(x.name) FROM (
      SELECT n.nspname || '.' || c.relname AS name
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database() AND d.datdba = c.relowner
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
        AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
        AND (n.nspname = 'public' OR n.nspowner = d.datdba)
        AND NOT CASE WHEN c.relkind = 'S'
          THEN pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
            AND (NOT $1 OR pg_catalog.has_sequence_privilege(c.oid, 'USAGE'))
          ELSE pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
            AND (NOT $1 OR pg_catalog.has_table_privilege(c.oid, 'INSERT') AND pg_catalog.has_table_privilege(c.oid, 'UPDATE')
              AND pg_catalog.has_table_privilege(c.oid, 'DELETE'))
        END
      ORDER BY 1 LIMIT 5) x), '[]')
)::text
