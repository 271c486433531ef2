//! `connection_limit`.

use super::named;
use crate::diagnostic::quoted;
use crate::tfvars::document::Fault;
use crate::tfvars::value::Node;

/// What PostgreSQL can hold.
const MOST: f64 = 2_147_483_647.0;

/// The limit; -1 is PostgreSQL's word for none. 0 is refused: nobody could log in, the check after a run included.
pub(super) fn connection_limit(node: &Node) -> Result<Option<u32>, Fault> {
    let name = "connection_limit";
    let number = node.number().map_err(|fault| named(name, fault))?;
    let fault = |message: String| Fault::new(node.span, format!("`{name}` {} {message}", quoted(&number.to_string())));
    let help = "leave it out for no limit";
    if (number + 1.0).abs() == 0.0 {
        Ok(None)
    } else if number.abs() == 0.0 {
        Err(fault("would let nobody in".to_owned()).help(help))
    } else if number < 0.0 || number.fract() != 0.0 {
        Err(fault("is no whole number above 0".to_owned()).help(help))
    } else if number > MOST {
        Err(fault(format!("is more than PostgreSQL can hold, {MOST}")).help(help))
    } else {
        // Whole, and in range: its text is that of the integer.
        Ok(number.to_string().parse().ok())
    }
}
