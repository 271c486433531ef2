-- $1: the owner. $2 and $3: the editors and the readers. $4: rights on tables that only newer versions know.
WITH guest AS (SELECT role, role = ANY ($2) AS writes FROM unnest($2::text[] || $3::text[]) AS role),
owner AS (SELECT oid FROM pg_roles WHERE rolname = $1),
on_tables AS (
  SELECT * FROM (VALUES ('SELECT', true, true), ('INSERT', true, false), ('UPDATE', true, false), ('DELETE', true, false),
    ('TRUNCATE', false, false), ('REFERENCES', false, false), ('TRIGGER', false, false)) AS v (privilege, editor, reader)
  UNION ALL SELECT privilege, false, false FROM unnest($4::text[]) AS privilege),
on_sequences AS (
  SELECT * FROM (VALUES ('SELECT', true, true), ('USAGE', true, false), ('UPDATE', false, false))
    AS v (privilege, editor, reader)),
on_schemas AS (
  SELECT * FROM (VALUES ('USAGE', true, true), ('CREATE', false, false)) AS v (privilege, editor, reader)),
relation AS (
  SELECT c.oid, c.relkind, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relowner = (SELECT oid FROM owner) AND c.relkind = ANY ('{r,p,v,m,f,S}')),
has AS (
  SELECT r.name, g.role, p.privilege, CASE WHEN g.writes THEN p.editor ELSE p.reader END AS wanted,
    has_table_privilege(g.role, r.oid, p.privilege) AS has,
    has_table_privilege(g.role, r.oid, p.privilege || ' WITH GRANT OPTION') AS passes_on
  FROM relation r CROSS JOIN guest g CROSS JOIN on_tables p WHERE r.relkind <> 'S'
  UNION ALL
  SELECT r.name || ', any column', g.role, p.privilege, CASE WHEN g.writes THEN p.editor ELSE p.reader END,
    has_any_column_privilege(g.role, r.oid, p.privilege),
    has_any_column_privilege(g.role, r.oid, p.privilege || ' WITH GRANT OPTION')
  FROM relation r CROSS JOIN guest g CROSS JOIN on_tables p
  WHERE r.relkind <> 'S' AND p.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
  UNION ALL
  SELECT r.name, g.role, p.privilege, CASE WHEN g.writes THEN p.editor ELSE p.reader END,
    has_sequence_privilege(g.role, r.oid, p.privilege),
    has_sequence_privilege(g.role, r.oid, p.privilege || ' WITH GRANT OPTION')
  FROM relation r CROSS JOIN guest g CROSS JOIN on_sequences p WHERE r.relkind = 'S'
  UNION ALL
  SELECT 'schema ' || n.nspname, g.role, p.privilege, CASE WHEN g.writes THEN p.editor ELSE p.reader END,
    has_schema_privilege(g.role, n.oid, p.privilege),
    has_schema_privilege(g.role, n.oid, p.privilege || ' WITH GRANT OPTION')
  FROM pg_namespace n CROSS JOIN guest g CROSS JOIN on_schemas p
  WHERE n.nspname = 'public' OR n.nspowner = (SELECT oid FROM owner)
  UNION ALL
  SELECT 'schema public', r.role, p.privilege, r.wanted OR p.privilege = 'USAGE',
    CASE WHEN r.wanted OR p.privilege <> 'USAGE' THEN has_schema_privilege(r.role, 'public', p.privilege) ELSE true END, false
  FROM (VALUES ('public', false), ($1::text, true)) AS r (role, wanted) CROSS JOIN on_schemas p)
SELECT pg_catalog.format('%s has %s on %s: %s, and may pass it on: %s', role, privilege, name, has, passes_on)
FROM has WHERE has <> wanted OR passes_on
