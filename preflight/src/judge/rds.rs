//! The database, rung by rung: what names it, the instance, its name in DNS, its port, TLS, the logins, and what they may
//! do.

mod auth;
mod capacity;
mod consumers;
mod dns;
mod fault;
mod hosts;
mod instance;
mod network;
pub mod presence;
mod privileges;
mod server;
mod tcp;
mod tls;

pub use auth::{Attempt, attempt, auth};
pub use capacity::{headroom, version};
pub use dns::dns;
pub use hosts::agree;
pub use instance::instance;
pub use privileges::{privileges, problem as lacking_privileges};
pub use tcp::tcp;
pub use tls::tls;

#[cfg(test)]
mod tests;
