//! Who writes which names in DNS: the guard between clusters that share a zone.
//!
//! Nothing here recomputes an owner or a suffix: the run's inputs say what they must be, and what is deployed says what
//! they are. What `ExternalDNS` would make of its flags follows the rules of its source, by version.

mod conflict;
mod domain;
#[cfg(test)]
mod example;
mod external_dns;
mod filter;
mod found;
mod helm;
mod iam;
mod names;
mod owner;
mod select;
mod selection;
mod sources;
mod territory;
mod wildcard;

pub use conflict::ownership_conflict;
pub use domain::domain_filter;
pub use iam::iam_scope;
pub use owner::owner_id;
pub use select::filter_selects_zone;
pub use sources::sources_in_scope;
pub use wildcard::wildcard_present;
