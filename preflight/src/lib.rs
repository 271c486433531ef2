//! Says, tier by tier, whether what the platform's apps stand on is really there, and how to fix what is not.
//!
//! ```text
//! bootstrap values, profile, flags -> inputs -> scope -> schedule(CATALOGUE) -> engine: probes look, judges judge
//!                                                                                  -> outcomes -> report
//! ```
//!
//! The catalogue is data, a probe looks, a judge judges: `catalogue/` has a row for each check, `judge/` a pure function
//! of what was seen, `probe/` the edges. A judge gets at what was seen by `?` alone, so that what could not be looked at
//! never counts as a pass.

mod access;
mod catalogue;
mod check;
mod engine;
mod flags;
mod inputs;
mod judge;
mod kinds;
mod lines;
mod look;
mod outcome;
mod outputs;
mod permissions;
mod probe;
mod process;
mod profile;
mod report;
mod run;
mod schedule;
mod scope;
mod settings;
mod verdict;
mod view;

pub use process::main;
