//! What everything stands on: the network, the hosted zone, Secrets Manager, and the trust between cluster and AWS.

pub mod caller;
pub mod cluster;
#[cfg(test)]
pub mod example;
pub mod input;
pub mod oidc;
pub mod secretsmanager;
pub mod vpc;
pub mod zone;
