//! Passwords: hashed with Argon2id, a few at a time, and checked in the same time whether or not the name exists.

use std::sync::OnceLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

/// Hashing takes 19 MiB and a core each: more at once would let strangers take both.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A password as its owner types it. It can be checked, never printed.
#[derive(Clone)]
pub struct Password(String);

/// The system has no randomness to give, or the hashing ended in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct HashingFailed;

impl Password {
    /// Takes what somebody typed.
    pub fn typed(text: String) -> Self {
        Self(text)
    }

    /// What may be kept of it: a PHC string with its own salt and the costs it was made with.
    ///
    /// # Errors
    ///
    /// [`HashingFailed`].
    pub async fn hash(self) -> Result<String, HashingFailed> {
        apart(move || hashed(self.0.as_bytes())).await?.ok_or(HashingFailed)
    }

    /// Whether it is the one that `kept` was made of. Without a kept hash the answer is no, after the same work.
    ///
    /// # Errors
    ///
    /// [`HashingFailed`].
    pub async fn matches(self, kept: Option<String>) -> Result<bool, HashingFailed> {
        apart(move || {
            let known = kept.is_some();
            let kept = kept.or_else(|| nobodys().clone())?;
            let parsed = PasswordHash::new(&kept).ok()?;
            Some(Argon2::default().verify_password(self.0.as_bytes(), &parsed).is_ok() && known)
        })
        .await?
        .ok_or(HashingFailed)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

fn hashed(password: &[u8]) -> Option<String> {
    Argon2::default().hash_password(password).ok().map(|hash| hash.to_string())
}

/// A hash that belongs to nobody, made once with the costs of all others.
fn nobodys() -> &'static Option<String> {
    static NOBODYS: OnceLock<Option<String>> = OnceLock::new();
    NOBODYS.get_or_init(|| hashed(b"nobody"))
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashingFailed> {
    let _permit = AT_ONCE.acquire().await.map_err(|_| HashingFailed)?;
    tokio::task::spawn_blocking(work).await.map_err(|_| HashingFailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Password {
        Password::typed(text.to_owned())
    }

    #[tokio::test]
    async fn only_the_password_matches() {
        let kept = typed("correct horse battery").hash().await.expect("a hash");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(kept, typed("correct horse battery").hash().await.expect("a hash"), "each has its own salt");
        assert_eq!(typed("correct horse battery").matches(Some(kept.clone())).await, Ok(true));
        assert_eq!(typed("correct horse").matches(Some(kept)).await, Ok(false));
        assert_eq!(typed("nobody").matches(None).await, Ok(false), "nobody's own password is none");
        assert_eq!(format!("{:?}", typed("secret")), "Password");
    }
}
