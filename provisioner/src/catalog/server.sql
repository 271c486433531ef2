-- Everything that one run needs to know of the server, as one JSON document, in one round trip.
-- $1: the extensions that are asked for. Readable by any role; names are qualified against a hostile search_path.
SELECT pg_catalog.json_build_object(
  'version_number', pg_catalog.current_setting('server_version_num')::int,
  'version', pg_catalog.current_setting('server_version'),
  'in_recovery', pg_catalog.pg_is_in_recovery(),
  'master', current_user,
  'restricts_passwords', coalesce(pg_catalog.current_setting('rds.restrict_password_commands', true), '') IN ('on', '1'),
  'extensions', CASE WHEN pg_catalog.cardinality($1) = 0 THEN '[]' ELSE
    coalesce((SELECT pg_catalog.json_agg(e.name) FROM pg_catalog.pg_available_extensions e WHERE e.name = ANY ($1)), '[]')
  END,
  'roles', (
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', r.rolname,
      'superuser', r.rolsuper,
      'createrole', r.rolcreaterole,
      'createdb', r.rolcreatedb,
      'login', r.rolcanlogin,
      'replication', r.rolreplication,
      'bypassrls', r.rolbypassrls,
      'connection_limit', r.rolconnlimit,
      'expired', coalesce(r.rolvaliduntil <= pg_catalog.now(), false),
      -- What pg_has_role(…, 'MEMBER WITH ADMIN OPTION') says, without going through all memberships for each role.
      'administered', r.oid IN (
        SELECT a.roleid FROM pg_catalog.pg_auth_members a
        WHERE a.admin_option AND pg_catalog.pg_has_role(current_user, a.member, 'MEMBER'))
        OR (SELECT m.rolsuper FROM pg_catalog.pg_roles m WHERE m.rolname = current_user),
      'comment', c.description))
    FROM pg_catalog.pg_roles r
    LEFT JOIN pg_catalog.pg_shdescription c
      ON c.objoid = r.oid AND c.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass
    WHERE r.rolname NOT LIKE 'pg\_%'),
  -- The columns inherit_option and set_option are there from PostgreSQL 16 on.
  'memberships', coalesce((
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'role', r.rolname,
      'member', m.rolname,
      'grantor', g.rolname,
      'admin', a.admin_option,
      'inherit', (pg_catalog.to_jsonb(a) ->> 'inherit_option')::bool,
      'set', (pg_catalog.to_jsonb(a) ->> 'set_option')::bool))
    FROM pg_catalog.pg_auth_members a
    JOIN pg_catalog.pg_roles r ON r.oid = a.roleid
    JOIN pg_catalog.pg_roles m ON m.oid = a.member
    LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantor
    WHERE m.rolname NOT LIKE 'pg\_%'), '[]'),
  'databases', (
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', d.datname,
      'owner', coalesce(o.rolname, d.datdba::text),
      'accepts_connections', d.datallowconn,
      'template', d.datistemplate,
      -- -2: an interrupted DROP DATABASE left it behind (PostgreSQL 11.21, 12.16, 13.12, 14.9, 15.4 and later).
      'invalid', d.datconnlimit = -2,
      'comment', c.description,
      'acl', (
        -- A right that its holder passed on is told as grantable, too: it is to be granted anew, by the owner.
        SELECT coalesce(pg_catalog.json_agg(x), '[]') FROM (
          SELECT CASE WHEN x.grantee <> 0 THEN pg_catalog.pg_get_userbyid(x.grantee) END AS grantee,
            x.privilege_type AS privilege, pg_catalog.bool_and(x.is_grantable OR x.grantor <> d.datdba) AS grantable
          FROM pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) x
          GROUP BY x.grantee, x.privilege_type) x)))
    FROM pg_catalog.pg_database d
    LEFT JOIN pg_catalog.pg_roles o ON o.oid = d.datdba
    LEFT JOIN pg_catalog.pg_shdescription c
      ON c.objoid = d.oid AND c.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
    -- An app's database may have been made a template.
    WHERE d.datname NOT IN ('template0', 'template1'))
)::text
