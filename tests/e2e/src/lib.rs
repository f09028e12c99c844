//! Real parts for scenarios: a browser with the packed extension, the companion server, and the program that plays claude.ai.
//!
//! Each part is a process of its own that ends with its value. Where they are found is said by the environment variables that
//! `cargo xtask test` sets.

pub mod accessibility;
pub mod browser;
pub mod companion;
mod http;
pub mod inputs;
pub mod library;
pub mod machine;
pub mod painted;
pub mod process;
pub mod puppet;
pub mod relay;
pub mod scenario;
pub mod services;
pub mod stand_in;

/// What goes wrong in a scenario ends it with this text.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Result of a step.
pub type Step<T = ()> = Result<T, Failure>;

/// Makes of each scenario, an `async fn(Kind) -> Step`, one test a browser: `chromium::NAME` and `firefox::NAME`. One that is not in
/// the list is dead code, which the compiler says.
#[macro_export]
macro_rules! in_both_browsers {
    ($($scenario:ident),+ $(,)?) => {
        mod chromium {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $scenario() -> $crate::Step {
                    super::$scenario($crate::browser::Kind::Chromium).await
                }
            )+
        }
        mod firefox {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $scenario() -> $crate::Step {
                    super::$scenario($crate::browser::Kind::Firefox).await
                }
            )+
        }
    };
}
