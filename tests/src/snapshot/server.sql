SELECT format('role %s: super %s, createrole %s, createdb %s, login %s, replication %s, bypassrls %s, inherit %s, limit %s, until %s, settings %s, comment %s',
    rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolinherit, rolconnlimit,
    nullif(rolvaliduntil, 'infinity'),
    (SELECT s.setconfig FROM pg_db_role_setting s WHERE s.setrole = r.oid AND s.setdatabase = 0),
    shobj_description(r.oid, 'pg_authid'))
FROM pg_authid r WHERE rolname NOT LIKE 'pg\_%'
UNION ALL
SELECT format('password of %s: %s', rolname, rolpassword) FROM pg_authid WHERE rolpassword IS NOT NULL
UNION ALL
SELECT format('member %s of %s: %s', m.rolname, r.rolname, to_jsonb(a) - 'oid' - 'roleid' - 'member')
FROM pg_auth_members a JOIN pg_authid r ON r.oid = a.roleid JOIN pg_authid m ON m.oid = a.member
UNION ALL
SELECT format('database %s: owner %s, accepts %s, template %s, limit %s, comment %s', datname, o.rolname, datallowconn,
    datistemplate, datconnlimit, shobj_description(d.oid, 'pg_database'))
FROM pg_database d JOIN pg_authid o ON o.oid = d.datdba
UNION ALL
SELECT format('database %s: %s to %s by %s, may pass it on: %s', d.datname, x.privilege_type, x.grantee::regrole, x.grantor::regrole,
    x.is_grantable)
FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x
