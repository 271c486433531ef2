WITH object AS (
  SELECT 'schema ' || current_database() || '.' || nspname AS name, nspowner AS owner,
    coalesce(nspacl, acldefault('n', nspowner)) AS acl
  FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%'
  UNION ALL
  SELECT 'relation ' || current_database() || '.' || nspname || '.' || relname, relowner,
    coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, relowner))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid >= 16384 AND relkind = ANY ('{r,p,v,m,f,S}')
  UNION ALL
  SELECT 'column ' || current_database() || '.' || attrelid::regclass || '.' || attname, 10, attacl
  FROM pg_attribute WHERE attrelid >= 16384 AND attacl IS NOT NULL
  UNION ALL
  SELECT 'default ' || current_database() || ' of ' || defaclrole::regrole || ' in '
      || coalesce((SELECT nspname FROM pg_namespace WHERE oid = defaclnamespace), 'all') || ' for ' || defaclobjtype::text,
    defaclrole, defaclacl
  FROM pg_default_acl)
SELECT format('%s: owner %s', name, owner::regrole) FROM object
UNION ALL
SELECT format('%s: %s to %s by %s, may pass it on: %s', name, x.privilege_type, x.grantee::regrole, x.grantor::regrole,
  x.is_grantable)
FROM object, aclexplode(acl) x
UNION ALL
SELECT format('extension %s.%s', current_database(), extname) FROM pg_extension
