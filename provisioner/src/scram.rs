//! The SCRAM verifier of a password: what PostgreSQL stores, and all that is ever sent to it.

use platform::password::Password;

/// The verifier is not one: PostgreSQL would take it for a password in clear.
#[derive(Debug, thiserror::Error)]
#[error("the verifier of the password is malformed, and was not sent")]
pub struct Malformed;

/// `SCRAM-SHA-256$4096:<salt>$<stored key>:<server key>`, with a new salt each time.
///
/// It is checked before it is given out: PostgreSQL silently hashes a malformed one as if it were the password, and
/// whoever sees it could then log in with it.
pub fn verifier(password: &Password) -> Result<String, Malformed> {
    let text = postgres_protocol::password::scram_sha_256(password.expose().as_bytes());
    if is_verifier(&text) { Ok(text) } else { Err(Malformed) }
}

fn is_verifier(text: &str) -> bool {
    let Some((iterations_and_salt, keys)) = text.strip_prefix("SCRAM-SHA-256$").and_then(|rest| rest.split_once('$'))
    else {
        return false;
    };
    let (Some((iterations, salt)), Some((stored, server))) =
        (iterations_and_salt.split_once(':'), keys.split_once(':'))
    else {
        return false;
    };
    iterations.parse::<u32>().is_ok_and(|iterations| iterations >= 4096)
        && decoded_length(salt) == Some(16)
        && decoded_length(stored) == Some(32)
        && decoded_length(server) == Some(32)
}

/// How many bytes a Base64 text stands for, if it is one.
fn decoded_length(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let known = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
    (text.len().is_multiple_of(4) && padding <= 2 && digits.chars().all(known)).then(|| text.len() / 4 * 3 - padding)
}

#[cfg(test)]
mod tests {
    use super::{Password, is_verifier, verifier};

    #[test]
    fn verifiers_are_salted_and_well_formed() {
        let password = Password::new("correct horse");
        let (one, other) = (verifier(&password).unwrap(), verifier(&password).unwrap());
        assert_ne!(one, other);
        assert!(!one.contains("correct"));
    }

    #[test]
    fn what_postgresql_would_take_for_a_password_is_not_sent() {
        let good = verifier(&Password::new("x")).unwrap();
        for bad in [
            String::new(),
            "secret".to_owned(),
            good.replace("SCRAM-SHA-256$", "SCRAM-SHA-512$"),
            good.replace("4096", "40x6"),
            good.replace('$', "-"),
            good[..good.len() - 4].to_owned(),
        ] {
            assert!(!is_verifier(&bad), "{bad}");
        }
    }
}
