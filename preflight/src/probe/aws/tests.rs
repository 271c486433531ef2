//! The whole edge, but for the network: what is asked, and what is made of the answers. The documents are a stand-in's
//! (moto) or those of AWS' documentation.

mod identity;
mod names;
mod networks;
mod refusals;
mod secrets;
mod stage;
