//! How a build step fails: one plain sentence and, where one exists, the command that puts it right.

use std::fmt;

/// What a build step gives back.
pub type Outcome<T> = Result<T, Failure>;

/// A failure that a person reads at the end of a command.
#[derive(Debug)]
pub struct Failure {
    sentence: String,
    remedy: Option<String>,
}

impl Failure {
    /// `sentence` says what is wrong, without a full stop's worth of jargon.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), remedy: None }
    }

    /// Adds the command, or the one thing to do, that puts it right.
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n  to fix it: {remedy}"),
            None => Ok(()),
        }
    }
}

/// Turns any error into a [`Failure`] that says what was being done.
pub trait Context<T> {
    /// `doing` completes the sentence "cannot …".
    fn cannot(self, doing: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: fmt::Display> Context<T> for Result<T, E> {
    fn cannot(self, doing: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| Failure::new(format!("cannot {}: {error}", doing())))
    }
}
