//! What the server's answer to a login says of the password.

use platform::postgres::ConnectError;

use crate::observed::LoginState;

/// Too many connections may pass, where it was said before any password was looked at.
pub(super) fn may_pass(error: &ConnectError) -> bool {
    let after_the_password = |error: &ConnectError| {
        error.rejection().is_some_and(|said| said.sqlstate == "53300" && said.routine != "InitProcess")
    };
    error.is_transient() && !after_the_password(error)
}

/// What a refused login says of the password. The password is checked before anything else that is the role's or the
/// database's own, so each later refusal proves it.
pub(super) fn login_state(error: &ConnectError, may_log_in: bool) -> Result<LoginState, ConnectError> {
    let Some(rejection) = error.rejection() else { return Err(error.clone()) };
    match rejection.sqlstate.as_str() {
        "28P01" => Ok(LoginState::Refused),
        "28000" if !may_log_in => Ok(LoginState::NotPermitted),
        "28000" => Ok(LoginState::Barred(rejection.message.clone())),
        // No such database, no CONNECT, closed or invalid.
        "3D000" | "42501" | "55000" => Ok(LoginState::Correct),
        "53300" if rejection.routine != "InitProcess" => Ok(LoginState::Full),
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
        for code in ["3D000", "42501", "55000"] {
            assert_eq!(login_state(&rejected(code, "InitPostgres"), true), Ok(LoginState::Correct), "{code}");
        }
        assert_eq!(login_state(&rejected("28P01", "auth_failed"), true), Ok(LoginState::Refused));
        assert_eq!(login_state(&rejected("28000", "ClientAuthentication"), true), Ok(LoginState::Barred("m".into())));
        assert_eq!(login_state(&rejected("28000", "InitializeSessionUserId"), false), Ok(LoginState::NotPermitted));
    }

    #[test]
    fn too_many_connections_proves_a_password_only_after_it_was_looked_at() {
        let (early, late) = (rejected("53300", "InitProcess"), rejected("53300", "InitPostgres"));
        assert!(may_pass(&early) && login_state(&early, true).is_err());
        assert!(!may_pass(&late));
        assert_eq!(login_state(&late, true), Ok(LoginState::Full));
    }
}
