//! What the acceptance tests stand on: real servers, the program under test as a process, and the faults between them.
//!
//! | part | gives |
//! |---|---|
//! | [`cases`] | one case on every major version |
//! | [`postgres`] | PostgreSQL 13 to 18, set up as the platform's RDS instance is |
//! | [`tls`] | certificates, good and bad |
//! | [`wire`] | a proxy in front of PostgreSQL that counts, holds, delays and cuts |
//! | [`impostor`] | ports that are no PostgreSQL |
//! | [`secrets_manager`], [`aws_proxy`] | Secrets Manager as moto plays it, and faults on the way to it |
//! | [`world`], [`aws_account`], [`name_server`] | everything else of AWS that the platform stands on, and the world's DNS |
//! | [`workspace`], [`command`], [`finished`] | the program under test as a process: its inputs, its run, what it left |
//! | [`generate`] | random inputs by seed: what is declared, and how a server drifts from it |
//! | [`snapshot`] | everything that a run could change, to compare |
//! | [`leaks`] | the search for passwords |

pub mod aws_account;
mod aws_call;
pub mod aws_proxy;
pub mod cases;
pub mod command;
pub mod engine;
pub mod finished;
pub mod generate;
mod http;
pub mod impostor;
mod installed;
pub mod leaks;
mod leftovers;
pub mod name_server;
pub mod postgres;
pub mod secret;
pub mod secrets_manager;
pub mod snapshot;
mod supervised;
pub mod tls;
pub mod wire;
pub mod workspace;
pub mod world;

pub use aws_proxy::{AwsFault, AwsProxy, Rule};
pub use cases::{on_each_major, on_newest_major, on_oldest_and_newest};
pub use command::{Run, Running};
pub use finished::{ARGO_PHRASES, Finished};
pub use impostor::Impostor;
pub use leaks::assert_no_leak;
pub use name_server::{Delegation, NameServer};
pub use postgres::{Lease, TestServer, majors};
pub use secret::Secret;
pub use secrets_manager::SecretsManager;
pub use tls::ServerTls;
pub use wire::{Cut, Proxy};
pub use workspace::{App, Workspace};
pub use world::World;
