//! Addresses of a host, by the system's resolver, and what it means when it gives none.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::timeout;

/// What every failed look-up of the standard library begins with.
const LOOKUP: &str = "failed to lookup address";
/// The texts of glibc, and then of musl, for a resolver that could not find out.
const SILENT: [&str; 5] =
    ["Temporary failure", "Non-recoverable failure", "System error", "Try again", "Non-recoverable error"];

/// The addresses of `host` (a name, or an address itself), with the port; never none.
pub async fn addresses(host: &str, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, NameFault> {
    match timeout(limit, lookup_host((host, port))).await {
        Err(_) => Err(NameFault::ResolverSilent),
        Ok(Err(error)) => Err(NameFault::of(&error)),
        Ok(Ok(addresses)) => {
            Some(addresses.collect::<Vec<_>>()).filter(|all| !all.is_empty()).ok_or(NameFault::NoSuchHost)
        }
    }
}

/// Why a name has no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// There is no such name, or it has no address.
    NoSuchHost,
    /// The resolver did not answer, or could not find out.
    ResolverSilent,
}

impl NameFault {
    /// The fault behind the error of a look-up, as `tokio::net::lookup_host` gives it.
    ///
    /// The standard library has no kind for it; what is left is the text of the C library, which does not translate it
    /// in a program that sets no locale. Where the system itself failed (no file descriptors left, say), the standard
    /// library gives that error instead: nobody was asked then.
    pub fn of(error: &io::Error) -> Self {
        let text = error.to_string();
        if error.raw_os_error().is_some() || SILENT.iter().any(|known| text.contains(known)) {
            Self::ResolverSilent
        } else {
            Self::NoSuchHost
        }
    }

    /// The same of an error that may be of another kind altogether.
    pub fn of_any(error: &io::Error) -> Option<Self> {
        error.to_string().starts_with(LOOKUP).then(|| Self::of(error))
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::NameFault;

    fn lookup(text: &str) -> io::Error {
        io::Error::other(format!("failed to lookup address information: {text}"))
    }

    #[test]
    fn a_name_that_does_not_exist_is_told_from_a_resolver_that_could_not_find_out() {
        for text in ["Name or service not known", "No address associated with hostname", "Name does not resolve"] {
            assert_eq!(NameFault::of(&lookup(text)), NameFault::NoSuchHost, "{text}");
        }
        for text in ["Temporary failure in name resolution", "Non-recoverable failure in name resolution", "Try again"]
        {
            assert_eq!(NameFault::of(&lookup(text)), NameFault::ResolverSilent, "{text}");
        }
        // EMFILE: too many open files.
        assert_eq!(NameFault::of(&io::Error::from_raw_os_error(24)), NameFault::ResolverSilent);
    }

    #[test]
    fn other_errors_say_nothing_of_names() {
        assert_eq!(NameFault::of_any(&io::Error::from_raw_os_error(111)), None);
        assert_eq!(NameFault::of_any(&lookup("Try again")), Some(NameFault::ResolverSilent));
    }

    #[tokio::test]
    async fn the_texts_are_those_of_the_c_library() {
        // The library refuses a name with a space itself: nobody has to answer for this.
        let limit = std::time::Duration::from_secs(5);
        assert_eq!(super::addresses("no such host", 1, limit).await, Err(NameFault::NoSuchHost));
        assert_eq!(super::addresses("::1", 1, limit).await, Ok(vec!["[::1]:1".parse().unwrap()]));
    }
}
