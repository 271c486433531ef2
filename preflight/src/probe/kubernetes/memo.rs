//! What is asked for once, for all who ask side by side.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::verdict::CannotLook;

/// For how long an answer is good for those who are not content with it: those who asked side by side share it, and a
/// check that is looked at again gets another.
const FRESH: Duration = Duration::from_secs(1);

/// An answer, kept.
pub(super) struct Memo<T>(Mutex<Option<(Instant, Result<T, CannotLook>)>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Memo<T> {
    /// What was answered, for good where it is `enough`. What is not, and a failure, is asked for again after a moment.
    pub(super) async fn get(
        &self,
        enough: impl Fn(&T) -> bool,
        ask: impl Future<Output = Result<T, CannotLook>>,
    ) -> Result<T, CannotLook> {
        let mut kept = self.0.lock().await;
        if let Some((at, answer)) = kept.as_ref()
            && (answer.as_ref().is_ok_and(enough) || at.elapsed() < FRESH)
        {
            return answer.clone();
        }
        let answer = ask.await;
        *kept = Some((Instant::now(), answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::Memo;
    use crate::verdict::CannotLook;

    #[tokio::test]
    async fn those_who_ask_side_by_side_share_an_answer() {
        let (memo, asked) = (Memo::default(), Cell::new(0));
        let ask = || {
            memo.get(|_| true, async {
                asked.set(asked.get() + 1);
                tokio::task::yield_now().await;
                Ok(asked.get())
            })
        };
        assert_eq!(tokio::join!(ask(), ask(), ask()), (Ok(1), Ok(1), Ok(1)));
    }

    #[tokio::test]
    async fn a_failure_is_shared_for_a_moment_only() {
        let memo = Memo::default();
        let failure = || Err(CannotLook::new("timeout", "no answer"));
        assert_eq!(memo.get(|_| true, async { failure() }).await, failure());
        assert_eq!(memo.get(|_| true, async { Ok(1) }).await, failure());
        tokio::time::sleep(super::FRESH).await;
        assert_eq!(memo.get(|_| true, async { Ok(2) }).await, Ok(2));
        assert_eq!(memo.get(|_| false, async { Ok(3) }).await, Ok(2));
        assert_eq!(memo.get(|_| true, async { Ok(4) }).await, Ok(2));
    }
}
