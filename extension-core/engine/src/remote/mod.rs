//! claude.ai's side: what is assumed about endpoints that belong to somebody else. `docs/upstream-contract.md` is the prose to it.
//!
//! [`endpoints`] lists the calls, [`encode`] makes requests of them, [`classify`] judges answers, [`decode`] reads what was judged to be
//! fine, [`who`] who is signed in. Nothing of these shapes leaves this folder.

pub(crate) mod classify;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod endpoints;
pub(crate) mod plugins;
pub(crate) mod scrub;
pub(crate) mod who;
