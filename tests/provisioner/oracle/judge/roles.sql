-- $1 to $3: the roles, whether they create databases, their connection limits. $4: the master.
SELECT pg_catalog.format(
    'role %s: login %s, createdb %s, limit %s, powers %s, until %s, comment %s', d.role, r.rolcanlogin, r.rolcreatedb,
    r.rolconnlimit, r.rolsuper OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls, r.rolvaliduntil, c.comment)
FROM ROWS FROM (unnest($1::text[]), unnest($2::bool[]), unnest($3::int[])) AS d (role, createdb, limited)
LEFT JOIN pg_roles r ON r.rolname = d.role
CROSS JOIN LATERAL (SELECT coalesce(shobj_description(r.oid, 'pg_authid'), '') AS comment) c
WHERE r.oid IS NULL OR NOT r.rolcanlogin OR r.rolcreatedb <> d.createdb OR r.rolconnlimit <> d.limited
   OR r.rolsuper OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls OR r.rolvaliduntil <= now()
   OR c.comment NOT LIKE 'managed-by=provisioner app=%'
UNION ALL
SELECT pg_catalog.format('%s is a member of %s, by %s', m.rolname, r.rolname, g.rolname)
FROM pg_auth_members a
JOIN pg_roles r ON r.oid = a.roleid
JOIN pg_roles m ON m.oid = a.member
LEFT JOIN pg_roles g ON g.oid = a.grantor
WHERE (r.rolname = ANY ($1) OR m.rolname = ANY ($1))
  -- From PostgreSQL 16 on the master administers what it made, without being able to act as it.
  AND NOT (m.rolname = $4 AND g.rolsuper
           AND to_jsonb(a) @> '{"admin_option": true, "inherit_option": false, "set_option": false}')
