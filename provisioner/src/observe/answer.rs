//! What the server's answer to a login says of the password.

use platform::postgres::{ConnectError, Rejection};

use crate::observed::LoginState;

/// The server's functions that refuse a login only after its password was looked at, in PostgreSQL 13 to 18. Others refuse
/// before: `InitProcess`, `ProcessStartupPacket` and `BackendInitialize` for want of a connection, `ClientAuthentication`
/// and `auth_failed` by `pg_hba.conf`, PAM or IAM; and what stands between names none, a pooler for one.
const AFTER_THE_PASSWORD: [&str; 3] = ["InitializeSessionUserId", "InitPostgres", "CheckMyDatabase"];

fn is_after_the_password(rejection: &Rejection) -> bool {
    AFTER_THE_PASSWORD.contains(&rejection.routine.as_str())
}

/// Too many connections may pass, where it was said before any password was looked at.
pub(super) fn may_pass(error: &ConnectError) -> bool {
    let is_full = |said: &Rejection| said.sqlstate == "53300" && is_after_the_password(said);
    error.is_transient() && !error.rejection().is_some_and(is_full)
}

/// What a refused login says of the password. The password is checked before anything else that is the role's or the
/// database's own, so each later refusal proves it; one that came before, or from elsewhere, proves nothing.
pub(super) fn login_state(error: &ConnectError, may_log_in: bool) -> Result<LoginState, ConnectError> {
    let Some(rejection) = error.rejection() else { return Err(error.clone()) };
    let proves = is_after_the_password(rejection);
    match rejection.sqlstate.as_str() {
        "28P01" => Ok(LoginState::Refused),
        "28000" if proves && !may_log_in => Ok(LoginState::NotPermitted),
        // No such database, no CONNECT, closed or invalid.
        "3D000" | "42501" | "55000" if proves => Ok(LoginState::Correct),
        "28000" | "3D000" | "42501" | "55000" => Ok(LoginState::Barred(rejection.message.clone())),
        "53300" if proves => Ok(LoginState::Full),
        _ => Err(error.clone()),
    }
}

#[cfg(test)]
mod tests {
    use platform::postgres::{ConnectError, ConnectFault, Rejection};

    use super::{login_state, may_pass};
    use crate::observed::LoginState;

    fn rejected(sqlstate: &str, routine: &str) -> ConnectError {
        let rejection =
            Rejection { sqlstate: sqlstate.to_owned(), message: "m".to_owned(), routine: routine.to_owned() };
        ConnectError { address: "db:5432".to_owned(), fault: ConnectFault::Rejected(rejection) }
    }

    #[test]
    fn what_a_refusal_says_of_the_password() {
        for (code, routine) in [("3D000", "InitPostgres"), ("42501", "CheckMyDatabase"), ("55000", "CheckMyDatabase")] {
            assert_eq!(login_state(&rejected(code, routine), false), Ok(LoginState::Correct), "{code}");
        }
        assert_eq!(login_state(&rejected("28P01", "auth_failed"), true), Ok(LoginState::Refused));
        assert_eq!(login_state(&rejected("28000", "InitializeSessionUserId"), false), Ok(LoginState::NotPermitted));
    }

    #[test]
    fn a_refusal_before_the_password_proves_nothing() {
        for (code, routine) in
            [("28000", "ClientAuthentication"), ("28000", "auth_failed"), ("28000", ""), ("3D000", ""), ("42501", "")]
        {
            let said = login_state(&rejected(code, routine), false);
            assert_eq!(said, Ok(LoginState::Barred("m".into())), "{code} {routine}");
        }
    }

    #[test]
    fn too_many_connections_proves_a_password_only_after_it_was_looked_at() {
        for routine in ["InitProcess", "ProcessStartupPacket", "BackendInitialize", "SharedInvalBackendInit", ""] {
            let early = rejected("53300", routine);
            assert!(may_pass(&early) && login_state(&early, true).is_err(), "{routine}");
        }
        for routine in ["InitializeSessionUserId", "InitPostgres", "CheckMyDatabase"] {
            let late = rejected("53300", routine);
            assert!(!may_pass(&late), "{routine}");
            assert_eq!(login_state(&late, true), Ok(LoginState::Full), "{routine}");
        }
    }
}
