//! What the platform's binaries must agree on.
//!
//! Names and secret paths ([`names`]), the shape of a secret ([`credentials`], [`password`]), how TLS to PostgreSQL is
//! verified ([`tls`], [`postgres`]), what a name without addresses means ([`resolver`]), the AWS set-up ([`aws`]), exit
//! codes ([`exit`]), how a file is written ([`artifact`]), logs ([`telemetry`]), what a process is given ([`process`]) and the
//! command line's conventions ([`arguments`]). Two copies of any of these would drift apart silently.

pub mod arguments;
pub mod artifact;
pub mod aws;
pub mod choices;
pub mod clock;
pub mod credentials;
pub mod error;
pub mod exit;
pub mod names;
pub mod password;
pub mod postgres;
pub mod process;
pub mod progress;
pub mod resolver;
pub mod stop;
pub mod streams;
pub mod telemetry;
pub mod termination;
pub mod tls;
