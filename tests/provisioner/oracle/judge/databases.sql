-- $1 to $3: each application's role and database, and whether it owns it. $4: the master.
WITH declared AS (
  SELECT * FROM ROWS FROM (unnest($1::text[]), unnest($2::text[]), unnest($3::bool[])) AS d (role, database, owns)),
concerned AS (
  SELECT d.oid, d.datname, o.rolname AS owner, d.datallowconn AS open
  FROM pg_database d JOIN pg_roles o ON o.oid = d.datdba
  WHERE d.datname IN (SELECT database FROM declared) OR o.rolname IN (SELECT role FROM declared))
SELECT pg_catalog.format('database %s: owner %s, open %s', d.database, c.owner, c.open)
FROM declared d LEFT JOIN concerned c ON c.datname = d.database
WHERE d.owns AND (c.oid IS NULL OR c.owner <> d.role OR NOT c.open)
UNION ALL
SELECT pg_catalog.format('%s has %s on database %s: %s', w.role, p.privilege, c.datname, h.has)
FROM concerned c
CROSS JOIN (SELECT role FROM declared UNION SELECT 'public') w
CROSS JOIN (VALUES ('CONNECT'), ('CREATE'), ('TEMPORARY'), ('CONNECT WITH GRANT OPTION')) p (privilege)
CROSS JOIN LATERAL (SELECT has_database_privilege(w.role, c.oid, p.privilege) AS has) h
WHERE h.has <> (w.role = c.owner OR p.privilege = 'CONNECT'
                AND EXISTS (SELECT FROM declared d WHERE d.role = w.role AND d.database = c.datname))
UNION ALL
SELECT pg_catalog.format('the master may not connect to %s', c.datname)
FROM concerned c JOIN declared d ON d.database = c.datname AND d.owns
WHERE NOT has_database_privilege($4, c.oid, 'CONNECT')
