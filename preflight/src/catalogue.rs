//! The catalogue of checks, as data. The order here is the order of every report.

mod acceptance;
mod cluster;
mod delivery;
mod dns;
mod experience;
mod foundation;
mod identity;
mod irsa;
mod rds;
mod scope;
mod secrets;
mod storage;

use crate::check::Check;

/// All rows.
pub fn checks() -> Vec<&'static Check> {
    let parts: [&'static [Check]; 12] = [
        scope::CHECKS,
        foundation::CHECKS,
        irsa::CHECKS,
        cluster::CHECKS,
        dns::CHECKS,
        delivery::CHECKS,
        storage::CHECKS,
        secrets::CHECKS,
        rds::CHECKS,
        experience::CHECKS,
        identity::CHECKS,
        acceptance::CHECKS,
    ];
    parts.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests;
