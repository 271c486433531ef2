//! Components with a role in AWS (IRSA): service account, role, trust and permissions, link by link.

pub mod assume;
mod component;
#[cfg(test)]
mod example;
pub mod permissions;
pub mod role;
pub mod service_account;
pub mod trust;
