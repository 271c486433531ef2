//! What the run is told, who it is, and what it may do.

pub mod access;
pub mod bootstrap;
pub mod consistency;
pub mod identity;
pub mod tier;
mod untold;
