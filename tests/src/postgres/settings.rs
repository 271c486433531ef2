//! What makes a server look like the platform's RDS instance: settings, who may log in how, roles.

use super::ServerOptions;
use crate::secret::Secret;
use crate::tls::ServerTls;

/// The superuser, as RDS names it. Tests judge with it; the program under test never sees it.
pub(super) const SUPERUSER: &str = "rdsadmin";
/// The master, as the platform names it.
pub(super) const MASTER: &str = "platform_admin";
/// The database that the master's secret names.
pub(super) const MASTER_DATABASE: &str = "platform";

/// What is appended to `postgresql.conf`.
pub(super) fn configuration(options: &ServerOptions) -> String {
    let mut text = String::from(
        "log_statement = 'ddl'\n\
         log_line_prefix = '%m [%p] %q%u@%d/%a '\n\
         fsync = off\n\
         full_page_writes = off\n\
         shared_buffers = '16MB'\n",
    );
    if options.tls != ServerTls::Off {
        text.push_str("ssl = on\nssl_cert_file = 'server.crt'\nssl_key_file = 'server.key'\n");
    }
    for (name, value) in &options.settings {
        text.push_str(&format!("{name} = '{}'\n", value.replace('\'', "''")));
    }
    text
}

/// `pg_hba.conf`: TLS is forced (`rds.force_ssl`), `rdsadmin` is closed, members of `rds_iam` cannot use a password
/// (on RDS they are sent to PAM), and `md5` accepts both forms of a stored password, as on RDS.
pub(super) fn host_based_access(tls: ServerTls) -> Vec<String> {
    let host = if tls == ServerTls::Off { "host" } else { "hostssl" };
    vec![
        format!("local all {SUPERUSER} trust"),
        "local all all md5".to_owned(),
        format!("{host} all {SUPERUSER} all md5"),
        format!("{host} rdsadmin all all reject"),
        format!("{host} all +rds_iam all reject"),
        format!("{host} all all all md5"),
    ]
}

/// Drops every role but the superuser's, and every database but the templates. Runs in `template1`.
///
/// What roles own or were granted inside `template1`, and on parameters (15 and later), goes with them.
pub(super) const WIPE_ROLES: &str = r"
DO $$
DECLARE role text;
BEGIN
    FOR role IN SELECT rolname FROM pg_catalog.pg_roles WHERE oid >= 16384 LOOP
        EXECUTE format('DROP OWNED BY %I CASCADE', role);
    END LOOP;
    FOR role IN SELECT rolname FROM pg_catalog.pg_roles WHERE oid >= 16384 LOOP
        EXECUTE format('DROP ROLE %I', role);
    END LOOP;
END $$";

/// A template cannot be dropped, and only these two are the server's own.
pub(super) const NO_OTHER_TEMPLATES: &str =
    "UPDATE pg_catalog.pg_database SET datistemplate = datname IN ('template0', 'template1')";

/// The databases that go before the roles can.
pub(super) const DATABASES_TO_DROP: &str =
    "SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_catalog.pg_database WHERE NOT datistemplate";

/// The roles and databases of a fresh instance. One statement each: some cannot share a message.
pub(super) fn instance_statements(master: &Secret) -> Vec<String> {
    let password = &master.password;
    vec![
        // So that the log has no password in it that the program under test did not put there.
        "SET log_statement = 'none'".to_owned(),
        "SET password_encryption = 'scram-sha-256'".to_owned(),
        "CREATE ROLE rds_superuser NOLOGIN".to_owned(),
        "CREATE ROLE rds_password NOLOGIN".to_owned(),
        "CREATE ROLE rds_iam NOLOGIN".to_owned(),
        "GRANT pg_monitor, pg_signal_backend, rds_password TO rds_superuser WITH ADMIN OPTION".to_owned(),
        format!("CREATE ROLE {MASTER} NOSUPERUSER CREATEROLE CREATEDB LOGIN PASSWORD '{password}'"),
        format!("GRANT rds_superuser TO {MASTER}"),
        format!("CREATE DATABASE {MASTER_DATABASE} OWNER {MASTER}"),
        "CREATE DATABASE rdsadmin".to_owned(),
        "REVOKE ALL ON DATABASE rdsadmin FROM PUBLIC".to_owned(),
    ]
}
