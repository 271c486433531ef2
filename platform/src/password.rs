//! A password that cannot be printed by accident.

use rand::{CryptoRng, RngExt};

/// Letters and digits: safe in URLs, shells, YAML and connection strings.
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Characters of a password that we mint: 32 of 62 are 190 bits.
const LENGTH: usize = 32;

/// A password. It has no `Display`, `Debug` or `Serialize`; [`Password::expose`] is the one way out, to be searched for.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Wraps a password that was read from a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Mints a password: 32 letters and digits from a cryptographic source.
    pub fn generate(random: &mut impl CryptoRng) -> Self {
        Self((0..LENGTH).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect())
    }

    /// The clear text, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{ALPHABET, LENGTH, Password};

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some source")]
    fn minted_passwords_differ_and_need_no_escaping() {
        let mut random = rand::rng();
        let (one, other) = (Password::generate(&mut random), Password::generate(&mut random));
        assert!(one != other);
        assert_eq!(one.expose().len(), LENGTH);
        assert!(one.expose().bytes().all(|byte| ALPHABET.contains(&byte)));
    }
}
