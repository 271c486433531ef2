//! The kinds of drift, as data: who does what.

use std::ops::RangeInclusive;

/// Who does it.
#[derive(Clone, Copy, Debug)]
pub(super) enum By {
    Superuser,
    Master,
    /// The owner of the database.
    Owner,
    /// Who owns schema `public`: the database's owner, or, before PostgreSQL 15, the master.
    SchemaOwner,
    Guest,
    Stranger,
}

/// A kind of drift: statements with gaps for names.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// Whether it happens in the application's database.
    pub(super) inside: bool,
    /// Whether the application must be able to create databases.
    pub(super) needs_createdb: bool,
    /// Whether it takes away one of the two proofs that a role is ours.
    pub(super) unproves: bool,
    pub(super) majors: RangeInclusive<u8>,
    pub(super) sql: &'static [(By, &'static str)],
}

const fn kind(name: &'static str, inside: bool, sql: &'static [(By, &'static str)]) -> Kind {
    Kind { name, inside, needs_createdb: false, unproves: false, majors: 13..=18, sql }
}

const fn inside(name: &'static str, sql: &'static [(By, &'static str)]) -> Kind {
    kind(name, true, sql)
}

const fn outside(name: &'static str, sql: &'static [(By, &'static str)]) -> Kind {
    kind(name, false, sql)
}

const fn unproving(name: &'static str, sql: &'static [(By, &'static str)]) -> Kind {
    Kind { unproves: true, ..kind(name, false, sql) }
}

use By::{Guest, Master, Owner, SchemaOwner, Stranger, Superuser};

const TABLE: (By, &str) = (Owner, "CREATE TABLE public.{t} (id serial, note text)");

/// What happens in a database.
pub(super) const IN_DATABASE: &[Kind] = &[
    inside("table", &[TABLE]),
    inside("identity", &[(Owner, "CREATE TABLE public.{t} (id int GENERATED ALWAYS AS IDENTITY)")]),
    inside("sequence", &[(Owner, "CREATE SEQUENCE public.{t}")]),
    inside("view", &[(Owner, "CREATE VIEW public.{t} AS SELECT 1 AS one")]),
    inside("materialized view", &[(Owner, "CREATE MATERIALIZED VIEW public.{t} AS SELECT 1 AS one")]),
    inside(
        "partitions",
        &[
            (Owner, "CREATE TABLE public.{t} (id int) PARTITION BY LIST (id)"),
            (Owner, "CREATE TABLE public.{u} PARTITION OF public.{t} DEFAULT"),
        ],
    ),
    inside("schema", &[(Owner, "CREATE SCHEMA {s}"), (Owner, "CREATE TABLE {s}.{t} (id serial)")]),
    inside(
        "schema with rights",
        &[
            (Owner, "CREATE SCHEMA {s}"),
            (Owner, "GRANT CREATE ON SCHEMA {s} TO {guest}"),
            (Owner, "CREATE VIEW {s}.{t} AS SELECT 1 AS one"),
        ],
    ),
    inside("schema without rights", &[(Owner, "CREATE SCHEMA {s}"), (Owner, "REVOKE ALL ON SCHEMA {s} FROM {guest}")]),
    inside("table rights added", &[TABLE, (Owner, "GRANT ALL ON public.{t} TO {guest}")]),
    inside("table rights removed", &[TABLE, (Owner, "REVOKE ALL ON public.{t} FROM {guest}")]),
    inside("grant option", &[TABLE, (Owner, "GRANT SELECT ON public.{t} TO {guest} WITH GRANT OPTION")]),
    inside(
        "rights passed on",
        &[
            TABLE,
            (Owner, "GRANT ALL ON public.{t} TO {guest} WITH GRANT OPTION"),
            (Owner, "REVOKE SELECT ON public.{t} FROM {guest2}"),
            (Guest, "GRANT SELECT, DELETE, TRUNCATE ON public.{t} TO {guest2}"),
        ],
    ),
    inside("rights on a column", &[TABLE, (Owner, "GRANT UPDATE (note), REFERENCES (note) ON public.{t} TO {guest}")]),
    inside(
        "rights on a column alone",
        &[
            TABLE,
            (Owner, "REVOKE ALL ON public.{t} FROM {guest}"),
            (Owner, "GRANT SELECT (note) ON public.{t} TO {guest}"),
        ],
    ),
    inside(
        "sequence rights added",
        &[(Owner, "CREATE SEQUENCE public.{t}"), (Owner, "GRANT UPDATE ON SEQUENCE public.{t} TO {guest}")],
    ),
    inside(
        "all rights removed",
        &[
            (Owner, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {guest}"),
            (Owner, "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {guest}"),
        ],
    ),
    inside(
        "defaults dropped",
        &[
            (Owner, "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM {guest}"),
            (Owner, "CREATE TABLE public.{t} (id serial)"),
            (Owner, "ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM {guest}"),
        ],
    ),
    inside(
        "defaults extended",
        &[
            (Owner, "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {guest}"),
            (Owner, "ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO {guest}"),
            (Owner, "CREATE SCHEMA {s} CREATE TABLE {t} (id int)"),
        ],
    ),
    inside(
        "defaults with grant option",
        &[(Owner, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {guest} WITH GRANT OPTION")],
    ),
    inside(
        "defaults in a schema",
        &[
            (Owner, "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT, TRUNCATE ON TABLES TO {guest}"),
            (Owner, "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO {guest} WITH GRANT OPTION"),
            TABLE,
        ],
    ),
    inside(
        "defaults of functions",
        &[
            (Owner, "ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO {guest}"),
            (Owner, "ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO {guest} WITH GRANT OPTION"),
        ],
    ),
    inside("public schema opened", &[(SchemaOwner, "GRANT CREATE ON SCHEMA public TO PUBLIC")]),
    inside(
        "public schema opened to a guest",
        &[(SchemaOwner, "GRANT ALL ON SCHEMA public TO {guest} WITH GRANT OPTION")],
    ),
    inside(
        "public schema closed",
        &[
            (SchemaOwner, "REVOKE ALL ON SCHEMA public FROM PUBLIC"),
            (SchemaOwner, "REVOKE ALL ON SCHEMA public FROM {guest}"),
        ],
    ),
];

/// What happens to a database.
pub(super) const ON_DATABASE: &[Kind] = &[
    outside("connect for everybody", &[(Owner, "GRANT CONNECT ON DATABASE {db} TO PUBLIC")]),
    outside("all for everybody", &[(Superuser, "GRANT ALL ON DATABASE {db} TO PUBLIC")]),
    outside("a stranger", &[(Owner, "GRANT CONNECT, TEMPORARY ON DATABASE {db} TO {stranger}")]),
    outside(
        "a stranger's stranger",
        &[
            (Owner, "GRANT CONNECT ON DATABASE {db} TO {stranger} WITH GRANT OPTION"),
            (Stranger, "GRANT CONNECT ON DATABASE {db} TO {stranger2}"),
        ],
    ),
    outside("a guest creates schemas", &[(Owner, "GRANT CREATE, TEMPORARY ON DATABASE {db} TO {guest}")]),
    outside("a guest locked out", &[(Superuser, "REVOKE ALL ON DATABASE {db} FROM {guest}")]),
    outside("the owner locked out", &[(Superuser, "REVOKE ALL ON DATABASE {db} FROM {owner}")]),
    outside("the master locked out", &[(Superuser, "REVOKE ALL ON DATABASE {db} FROM {master}")]),
    outside("no connections", &[(Superuser, "ALTER DATABASE {db} ALLOW_CONNECTIONS false")]),
    outside("a template", &[(Superuser, "ALTER DATABASE {db} IS_TEMPLATE true")]),
    outside("no marker", &[(Superuser, "COMMENT ON DATABASE {db} IS NULL")]),
    outside("settings of a database", &[(Superuser, "ALTER DATABASE {db} SET search_path = 'nowhere'")]),
    Kind { needs_createdb: true, ..outside("a database of its own", &[(Owner, "CREATE DATABASE {d}")]) },
];

/// What happens to a role.
pub(super) const ON_ROLE: &[Kind] = &[
    unproving("password", &[(Superuser, "ALTER ROLE {role} PASSWORD 'another password'")]),
    unproving("no password", &[(Superuser, "ALTER ROLE {role} PASSWORD NULL")]),
    unproving("expired", &[(Superuser, "ALTER ROLE {role} VALID UNTIL '2001-01-01'")]),
    unproving("no comment", &[(Superuser, "COMMENT ON ROLE {role} IS NULL")]),
    unproving("somebody's comment", &[(Superuser, "COMMENT ON ROLE {role} IS 'of the billing team'")]),
    outside("expires one day", &[(Superuser, "ALTER ROLE {role} VALID UNTIL '2201-01-01'")]),
    outside("no login", &[(Superuser, "ALTER ROLE {role} NOLOGIN")]),
    outside("creates databases", &[(Superuser, "ALTER ROLE {role} CREATEDB")]),
    outside("creates none", &[(Superuser, "ALTER ROLE {role} NOCREATEDB")]),
    outside("no connection", &[(Superuser, "ALTER ROLE {role} CONNECTION LIMIT 0")]),
    outside("some connections", &[(Superuser, "ALTER ROLE {role} CONNECTION LIMIT 17")]),
    outside(
        "settings of a role",
        &[
            (Superuser, "ALTER ROLE {role} SET search_path = 'nowhere'"),
            (Superuser, "ALTER ROLE {role} SET standard_conforming_strings = off"),
        ],
    ),
    outside("a member", &[(Master, "GRANT {role} TO {later}")]),
    outside("a member with the admin option", &[(Master, "GRANT {role} TO {later} WITH ADMIN OPTION")]),
    outside("the master a member", &[(Master, "GRANT {role} TO {master}")]),
    Kind { majors: 13..=15, ..outside("the master made a member", &[(Superuser, "GRANT {role} TO {master}")]) },
];
