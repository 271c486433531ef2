//! The judges: pure functions of what was seen, a file a subject, as in the catalogue.

pub mod acceptance;
pub mod cluster;
pub mod days;
pub mod delivery;
pub mod dns;
pub mod experience;
pub mod findings;
pub mod foundation;
pub mod hosts;
pub mod http;
pub mod identity;
pub mod irsa;
pub mod objects;
pub mod policy;
pub mod rds;
pub mod scope;
pub mod secrets;
pub mod storage;
pub mod zones;
