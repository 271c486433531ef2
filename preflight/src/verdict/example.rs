//! What judges say, taken apart for tests: each panics where something else was said.

use super::{CannotLook, Finding, Judged, Short, Verdict};

/// The finding of a failure.
pub fn failing(judged: Judged) -> Finding {
    match judged {
        Ok(Verdict::Fail(finding)) => finding,
        other => panic!("should fail: {other:?}"),
    }
}

/// The finding of a warning.
pub fn warned(judged: Judged) -> Finding {
    match judged {
        Ok(Verdict::Warn(finding)) => finding,
        other => panic!("should warn: {other:?}"),
    }
}

/// Why it could not look.
pub fn cannot(judged: Judged) -> CannotLook {
    match judged {
        Err(Short::Cannot(cannot)) => cannot,
        other => panic!("should not be able to tell: {other:?}"),
    }
}
