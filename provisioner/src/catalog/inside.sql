-- What one run needs to know of the inside of a database that others than its owner work in, as one JSON document, in
-- one round trip. $1: the roles whose rights count.
-- A right that its holder passed on, and one on columns alone, is told as grantable, too: it is to be granted anew, by
-- the owner and on the whole. Of the same right, only what matters most is told.
WITH here AS (SELECT d.datdba AS owner FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
SELECT pg_catalog.json_build_object(
  'extensions', coalesce((SELECT pg_catalog.json_agg(e.extname ORDER BY e.extname) FROM pg_catalog.pg_extension e), '[]'),
  -- Who owns anything here that lasts: an owner keeps all rights on it, whatever is granted.
  'owners', coalesce((
    SELECT pg_catalog.json_agg(DISTINCT r.rolname)
    FROM (SELECT relowner AS owner FROM pg_catalog.pg_class WHERE relpersistence <> 't'
          UNION SELECT nspowner FROM pg_catalog.pg_namespace
          UNION SELECT proowner FROM pg_catalog.pg_proc) o
    JOIN pg_catalog.pg_roles r ON r.oid = o.owner WHERE r.rolname = ANY ($1)), '[]'),
  'schemas', coalesce((
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', n.nspname,
      'owner', o.rolname,
      'acl', (
        SELECT coalesce(pg_catalog.json_agg(x), '[]') FROM (
          SELECT DISTINCT ON (x.grantee, x.privilege_type)
            g.rolname AS grantee, x.privilege_type AS privilege, x.is_grantable OR x.grantor <> n.nspowner AS grantable
          FROM pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) x
          LEFT JOIN pg_catalog.pg_roles g ON g.oid = x.grantee
          WHERE x.grantee = 0 OR g.rolname = ANY ($1) OR g.rolname = 'pg_database_owner'
          ORDER BY x.grantee, x.privilege_type, x.grantor <> n.nspowner) x)) ORDER BY n.nspname)
    FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_roles o ON o.oid = n.nspowner
    WHERE n.nspname = 'public'
      OR (n.nspowner = (SELECT owner FROM here) AND n.nspname NOT LIKE 'pg\_%')), '[]'),
  'relations', coalesce((
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'schema', n.nspname,
      'name', c.relname,
      'sequence', c.relkind = 'S',
      'acl', (
        SELECT coalesce(pg_catalog.json_agg(x), '[]') FROM (
          SELECT DISTINCT ON (x.grantee, x.privilege_type)
            g.rolname AS grantee, x.privilege_type AS privilege,
            x.is_grantable OR x.on_column OR x.grantor <> c.relowner AS grantable
          FROM (
            SELECT false AS on_column, t.* FROM pg_catalog.aclexplode(c.relacl) t
            UNION ALL
            SELECT true, t.* FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) t
            WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped) x
          JOIN pg_catalog.pg_roles g ON g.oid = x.grantee
          WHERE g.rolname = ANY ($1)
          ORDER BY x.grantee, x.privilege_type, NOT x.on_column, x.grantor <> c.relowner) x)) ORDER BY n.nspname, c.relname)
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relowner = (SELECT owner FROM here)
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'), '[]'),
  'defaults', coalesce((
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'schema', n.nspname,
      'kind', d.defaclobjtype::text,
      'acl', (
        SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
          'grantee', g.rolname, 'privilege', x.privilege_type, 'grantable', x.is_grantable)), '[]')
        FROM pg_catalog.aclexplode(d.defaclacl) x
        JOIN pg_catalog.pg_roles g ON g.oid = x.grantee
        WHERE g.rolname = ANY ($1))))
    FROM pg_catalog.pg_default_acl d
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
    WHERE d.defaclrole = (SELECT owner FROM here)), '[]')
)::text
