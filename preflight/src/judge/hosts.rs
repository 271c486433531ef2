//! Names of hosts, as they are compared. Pure.

/// Lower case, without blanks around and without the dot that ends a full name.
pub fn plain(name: &str) -> String {
    name.trim().trim_end_matches('.').to_ascii_lowercase()
}

/// Whether a name is the domain, or below it.
pub fn is_under(name: &str, domain: &str) -> bool {
    let (name, domain) = (plain(name), plain(domain));
    name == domain || name.strip_suffix(&domain).is_some_and(|below| below.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::is_under;

    #[test]
    fn a_name_is_below_a_domain_by_whole_labels() {
        assert!(is_under("a.dev.example.com", "dev.example.com"));
        assert!(is_under("Dev.example.com.", "dev.example.com"));
        assert!(!is_under("a-dev.example.com", "dev.example.com"));
        assert!(!is_under("example.com", "dev.example.com"));
    }
}
