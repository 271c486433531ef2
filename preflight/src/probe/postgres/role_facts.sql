-- One row, readable by any role; names are qualified against a hostile search_path. A view that hides a row from the
-- role hides a setting or the kind of a backend, never the backend itself.
SELECT pg_catalog.json_build_object(
    'role', current_user,
    'database', pg_catalog.current_database(),
    'version', pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
    'can_login', role.rolcanlogin,
    'can_create_databases', role.rolcreatedb OR role.rolsuper,
    'may_connect', pg_catalog.has_database_privilege(role.oid, database.oid, 'CONNECT'),
    'may_create_schemas', pg_catalog.has_database_privilege(role.oid, database.oid, 'CREATE'),
    -- The schema may have been dropped.
    'may_create_in_public', EXISTS (
        SELECT FROM pg_catalog.pg_namespace AS schema
        WHERE schema.nspname = 'public' AND pg_catalog.has_schema_privilege(role.oid, schema.oid, 'CREATE')),
    'owns_database', database.datdba = role.oid,
    'in_recovery', pg_catalog.pg_is_in_recovery(),
    'max_connections', pg_catalog.current_setting('max_connections')::pg_catalog.int4,
    -- The second since 16; the third is RDS's own, up to 15.
    'reserved_connections', (
        SELECT pg_catalog.sum(setting.setting::pg_catalog.int4) FROM pg_catalog.pg_settings AS setting
        WHERE setting.vartype = 'integer' AND setting.name IN ('superuser_reserved_connections', 'reserved_connections',
                               'rds.rds_superuser_reserved_connections')),
    -- Without this one. The kind of another role's backend is hidden from ordinary roles, its role and database are not;
    -- only parallel workers look the same then.
    'used_connections', (
        SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS backend
        WHERE backend.pid <> pg_catalog.pg_backend_pid() AND backend.usesysid IS NOT NULL AND backend.datid IS NOT NULL
            AND coalesce(backend.backend_type, 'client backend') = 'client backend')
)
FROM pg_catalog.pg_roles AS role, pg_catalog.pg_database AS database
WHERE role.rolname = current_user AND database.datname = pg_catalog.current_database()
