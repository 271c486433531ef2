//! What the server and its master must be like before anything is planned.

use platform::exit::Exit;

use crate::ending::Ending;
use crate::observed::Server;
use crate::statement::identifier;

/// The oldest supported version, as `server_version_num`.
const OLDEST: u32 = 130_000;

/// Whether anything can be done here at all.
pub fn guard(server: &Server) -> Result<(), Ending> {
    let failed = |message: String| Err(Ending::new(Exit::Failed, message));
    let Server { version, master, .. } = server;
    if server.version_number < OLDEST {
        return failed(format!("PostgreSQL {version} is not supported: 13 or later is"));
    }
    if server.in_recovery {
        return failed("this server is a read replica, or in recovery: use the host of the writer".to_owned());
    }
    let Some(role) = server.roles.get(master) else {
        return failed(format!("the master {master} is not among the server's roles"));
    };
    let lacks: Vec<&str> = [(role.createrole, "CREATEROLE"), (role.createdb, "CREATEDB")]
        .iter()
        .filter(|(has, _)| !has && !role.superuser)
        .map(|(_, name)| *name)
        .collect();
    if !lacks.is_empty() {
        let sql = format!("ALTER ROLE {} {}", identifier(master), lacks.join(" "));
        return failed(format!("the master {master} lacks {}: let an administrator run {sql}", lacks.join(" and ")));
    }
    if server.restricts_passwords && !role.superuser && !is_member(server, master, "rds_password") {
        return failed(format!(
            "rds.restrict_password_commands is on, and {master} is no member of rds_password: GRANT rds_password TO {}",
            identifier(master)
        ));
    }
    Ok(())
}

/// Whether `member` is in `role`, through others or not.
fn is_member(server: &Server, member: &str, role: &str) -> bool {
    let mut reached = vec![member];
    let mut next = 0;
    while let Some(from) = reached.get(next).copied() {
        next += 1;
        for membership in server.memberships.iter().filter(|membership| membership.member == from) {
            if membership.role == role {
                return true;
            }
            if !reached.contains(&membership.role.as_str()) {
                reached.push(&membership.role);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::guard;
    use crate::observed::{Membership, Server};
    use crate::plan::example;

    fn refused(change: impl Fn(&mut Server)) -> String {
        let mut server = example::server(150_000);
        change(&mut server);
        guard(&server).map_or_else(|ending| ending.message, |()| String::new())
    }

    #[test]
    fn a_good_server_passes() {
        assert_eq!(refused(|_| ()), "");
    }

    #[test]
    fn each_reason_is_told() {
        assert!(refused(|server| server.version_number = 120_022).contains("not supported"));
        assert!(refused(|server| server.in_recovery = true).contains("read replica"));
        let master = |server: &mut Server| server.roles.get_mut("platform_admin").unwrap().createdb = false;
        assert!(refused(master).contains("CREATEDB"));
        assert!(refused(|server| server.restricts_passwords = true).contains("rds_password"));
    }

    #[test]
    fn a_membership_through_another_role_counts() {
        let membership = |role: &str, member: &str| Membership {
            role: role.to_owned(),
            member: member.to_owned(),
            grantor: None,
            admin: false,
            inherit: None,
            set: None,
        };
        let member = |server: &mut Server| {
            server.restricts_passwords = true;
            server.memberships = vec![membership("middle", "platform_admin"), membership("rds_password", "middle")];
        };
        assert_eq!(refused(member), "");
    }
}
