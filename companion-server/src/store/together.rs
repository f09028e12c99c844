//! Questions that are answered together: those that arrive while others are being answered share the next answer.

use tokio::sync::{mpsc, oneshot};

use super::{StoreError, StoreResult};

/// So many share an answer at most, so that others who need the database get their turn.
const MOST: usize = 64;
/// So many may wait before whoever brings the next one waits as well.
const WAITING: usize = 1024;

type Asked<Q, A> = (Q, oneshot::Sender<StoreResult<A>>);

/// Takes questions and answers each.
#[derive(Debug)]
pub(super) struct Together<Q, A>(mpsc::Sender<Asked<Q, A>>);

impl<Q: Send + 'static, A: Send + 'static> Together<Q, A> {
    /// Begins to answer; ends when this is dropped. `answer` is given questions that have all been asked before it begins, and answers
    /// each, in their order.
    pub fn begin<F>(answer: impl Fn(Vec<Q>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Vec<StoreResult<A>>> + Send,
    {
        let (sender, mut receiver) = mpsc::channel::<Asked<Q, A>>(WAITING);
        tokio::spawn(async move {
            let mut asked = Vec::new();
            while receiver.recv_many(&mut asked, MOST).await > 0 {
                let (questions, waiting): (Vec<_>, Vec<_>) = asked.drain(..).unzip();
                for (waiting, answer) in waiting.into_iter().zip(answer(questions).await) {
                    // Whoever does not wait any more needs no answer.
                    drop(waiting.send(answer));
                }
            }
        });
        Self(sender)
    }

    /// The answer to one question. It is worked out also when nobody waits for it any more.
    pub async fn ask(&self, question: Q) -> StoreResult<A> {
        let (waiting, answered) = oneshot::channel();
        let gone = || StoreError::Unavailable("the server is stopping".to_owned());
        self.0.send((question, waiting)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}
