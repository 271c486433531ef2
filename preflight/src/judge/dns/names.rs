//! Names of records: as Route 53 writes them, as IAM compares them, and as `ExternalDNS` derives one from another.

use super::external_dns::{ExternalDns, Version};
use crate::judge::hosts::plain;
use crate::verdict::Short;

/// Stands for the record's type in a prefix or suffix.
const TYPE: &str = "%{record_type}";
/// The types that the registry knows, as it writes them.
const TYPES: [&str; 7] = ["a", "aaaa", "cname", "ns", "mx", "srv", "naptr"];
/// The types under which it files the records of a load balancer: an alias is `cname-`, in the newest versions `a-`.
const WRITTEN: [&str; 2] = ["cname", "a"];
/// From here on there is no TXT record without the type in its name.
const ONLY_TYPED: Version = Version(0, 18, 0);

/// A name as people write it: what Route 53 writes as `\052.Example.com.` is `*.example.com`.
pub(super) fn decoded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let octal =
            tail.get(..3).filter(|digits| byte == b'\\' && digits.iter().all(|digit| (b'0'..=b'7').contains(digit)));
        let value = octal.and_then(|digits| {
            let number = digits.iter().fold(0_u16, |number, digit| number * 8 + u16::from(digit - b'0'));
            u8::try_from(number).ok()
        });
        if let Some(value) = value {
            bytes.push(value);
            rest = &tail[3..];
        } else {
            bytes.push(byte);
            rest = tail;
        }
    }
    plain(&String::from_utf8_lossy(&bytes))
}

/// A name in the form in which IAM compares it: lower case, no dot at the end, anything unusual in octal.
pub(super) fn normal(name: &str) -> String {
    let usual = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
    let escaped = |byte: u8| if usual(byte) { char::from(byte).to_string() } else { format!("\\{byte:03o}") };
    plain(name).bytes().map(escaped).collect()
}

/// How `ExternalDNS` names the TXT records that say who owns a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Registry {
    prefix: String,
    suffix: String,
    wildcard: String,
    only_typed: bool,
    /// Whether it is known how it is set up; where not, the affixes read as none.
    pub(super) is_known: bool,
}

impl Registry {
    /// As it is set up.
    pub(super) fn of(external_dns: &ExternalDns) -> Result<Self, Short> {
        let affix =
            |flag| -> Result<String, Short> { Ok(external_dns.value(flag)?.unwrap_or_default().to_ascii_lowercase()) };
        let is_new = external_dns.version.is_some_and(|version| version >= ONLY_TYPED);
        Ok(Self {
            prefix: affix("txt-prefix")?,
            suffix: affix("txt-suffix")?,
            wildcard: affix("txt-wildcard-replacement")?,
            only_typed: is_new || external_dns.is_set("txt-new-format-only")?,
            is_known: external_dns.is_untold(&["txt-prefix", "txt-suffix"]).is_none(),
        })
    }

    /// The names of the TXT records beside a record: without the type (before v0.18), and with it.
    pub(super) fn names(&self, record: &str) -> Vec<String> {
        let record = plain(record);
        let (first, rest) = record.split_once('.').unwrap_or((&record, ""));
        let first = if first == "*" && !self.wildcard.is_empty() { &self.wildcard } else { first };
        let named = |first: &str, kind: &str| {
            let label = format!("{}{first}{}", self.prefix.replace(TYPE, kind), self.suffix.replace(TYPE, kind));
            if rest.is_empty() { label } else { format!("{label}.{rest}") }
        };
        let old = (!self.only_typed).then(|| named(first, ""));
        let typed =
            |kind: &str| if self.has_type() { named(first, kind) } else { named(&format!("{kind}-{first}"), kind) };
        old.into_iter().chain(WRITTEN.into_iter().map(typed)).collect()
    }

    /// The record that a TXT record stands for; the TXT record's own name where it does not fit the affixes.
    pub(super) fn record(&self, txt: &str) -> String {
        let txt = plain(txt);
        if self.suffix.is_empty() {
            return self.without_affix(&txt, &self.prefix, |name, affix| name.strip_prefix(affix)).unwrap_or(txt);
        }
        let labels = 1 + self.suffix.matches('.').count();
        let Some((dot, _)) = txt.match_indices('.').nth(labels - 1) else { return txt };
        let head = self.without_affix(&txt[..dot], &self.suffix, |name, affix| name.strip_suffix(affix));
        head.map(|head| format!("{head}{}", &txt[dot..])).unwrap_or(txt)
    }

    fn without_affix(
        &self,
        name: &str,
        affix: &str,
        strip: for<'a> fn(&'a str, &str) -> Option<&'a str>,
    ) -> Option<String> {
        if self.has_type()
            && let Some(stripped) = TYPES.iter().find_map(|kind| strip(name, &affix.replace(TYPE, kind)))
        {
            return Some(stripped.to_owned());
        }
        let name = strip(name, &affix.replace(TYPE, ""))?;
        let typed = name.split_once('-').filter(|(kind, _)| TYPES.contains(kind));
        Some(typed.map_or(name, |(_, record)| record).to_owned())
    }

    fn has_type(&self) -> bool {
        self.prefix.contains(TYPE) || self.suffix.contains(TYPE)
    }
}

#[cfg(test)]
mod tests {
    use super::{Registry, decoded, normal};

    #[test]
    fn a_wildcard_as_route_53_writes_it_is_a_wildcard() {
        // Seen in production: a comparison with `*` missed the record, because the API says `\052`.
        assert_eq!(decoded(r"\052.dev.goldenpathidp.io."), "*.dev.goldenpathidp.io");
        assert_eq!(decoded(r"external-dnscname-\052.Dev.x."), "external-dnscname-*.dev.x");
        for unusual in ["plain.example.com", r"a\b.c", r"\999.c", r"\05", r"\777.c", ""] {
            assert_eq!(decoded(unusual), unusual);
        }
    }

    #[test]
    fn iam_compares_the_normal_form() {
        assert_eq!(normal("*.Dev.Example.com."), r"\052.dev.example.com");
        assert_eq!(normal("_acme-challenge.a"), "_acme-challenge.a");
        assert_eq!(decoded(&normal("a b*/.c")), "a b*/.c");
    }

    fn registry(prefix: &str, suffix: &str) -> Registry {
        Registry { prefix: prefix.to_owned(), suffix: suffix.to_owned(), ..Registry::default() }
    }

    #[test]
    fn registry_names_follow_prefix_suffix_and_type() {
        // Golden Path's prefix has no dash at its end.
        assert_eq!(
            registry("external-dns", "").names("*.b.dev"),
            ["external-dns*.b.dev", "external-dnscname-*.b.dev", "external-dnsa-*.b.dev"]
        );
        assert_eq!(normal(&registry("external-dns", "").names("*.b.dev")[0]), r"external-dns\052.b.dev");
        assert_eq!(registry("", "").names("argocd.b"), ["argocd.b", "cname-argocd.b", "a-argocd.b"]);
        assert_eq!(registry("", "-txt").names("argocd.b"), ["argocd-txt.b", "cname-argocd-txt.b", "a-argocd-txt.b"]);
        assert_eq!(registry("%{record_type}-own.", "").names("x.b"), ["-own.x.b", "cname-own.x.b", "a-own.x.b"]);
        let replaced = Registry { wildcard: "any".to_owned(), only_typed: true, ..registry("", "") };
        assert_eq!(replaced.names("*.b"), ["cname-any.b", "a-any.b"]);
    }

    #[test]
    fn registry_names_lead_back_to_their_records() {
        for registry in
            [registry("external-dns", ""), registry("", ""), registry("", "-txt"), registry("%{record_type}-", "")]
        {
            for record in ["*.b.dev", "argocd.b.dev", "b.dev"] {
                for txt in registry.names(record) {
                    assert_eq!(registry.record(&txt), record, "{registry:?} {txt}");
                }
            }
        }
        assert_eq!(registry("external-dns", "").record("other.b.dev"), "other.b.dev");
        assert_eq!(registry("", "-txt").record("other"), "other");
    }
}
