//! Rows of the catalogue.

use crate::check::Check;

/// The rows, in the report's order.
pub const CHECKS: &[Check] = &[];
