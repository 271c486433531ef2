//! Makes an RDS PostgreSQL and AWS Secrets Manager agree with `application_databases` in a `terraform.tfvars`.
//!
//! ```text
//! terraform.tfvars -> tfvars -> desired ---------------+
//! pg_catalog -> catalog --------+                      +-> plan -> approve -> apply -> outcomes -> report
//! secrets -> secret states -----+-> observed ----------+            \-> verify: plan again, log in as every app
//! ```
//!
//! `run` has the stages in order. Pure: `tfvars`, `desired`, `plan`, `statement`, `report`. The edges: `settings`
//! (the environment), `secrets`, `observe` and `catalog` (reading), `apply` (writing), `outputs`.

mod access;
mod apply;
mod audit;
mod caller;
mod catalog;
mod change;
mod desired;
mod diagnostic;
mod digest;
mod ending;
mod flags;
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod human;
mod journal;
mod lock;
mod marker;
mod model;
mod observe;
mod observed;
mod outcome;
mod outputs;
mod plan;
mod process;
mod report;
mod run;
mod scram;
mod secrets;
mod settings;
mod site;
mod statement;
mod tfvars;
mod trial;
mod validation;
mod vault;
mod verify;

pub use process::main;
