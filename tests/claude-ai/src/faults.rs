//! Bad days on order: which requests go wrong, how, and how often.

use serde::{Deserialize, Serialize};

/// What a test orders.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fault {
    /// `GET`, `POST` …; any when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// A part of the path.
    #[serde(default)]
    pub path_contains: String,
    /// How many requests; all when absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// What happens to them.
    pub action: Action,
}

/// What happens to a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    /// This status with an error body.
    Status {
        /// The status.
        status: u16,
    },
    /// It takes so much longer, then goes on.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// A page with status 200 in place of JSON.
    Html,
    /// The path is not known any more: 404 of the application.
    RenamePath,
    /// A key of the answer has another name.
    RenameKey {
        /// Its name.
        from: String,
        /// Its new name.
        to: String,
    },
    /// A key is not there any more, at any depth.
    DropKey {
        /// Its name.
        key: String,
    },
    /// The value of a key is of another kind, at any depth: it lies in a list now.
    RetypeKey {
        /// Its name.
        key: String,
    },
    /// The session is over: 401.
    ExpireSession,
    /// 429.
    RateLimit {
        /// Seconds in `Retry-After`.
        retry_after: u32,
    },
    /// An owner has switched skills off: 403.
    SwitchedOff,
    /// The skill is being scanned: 409.
    Scanning,
    /// A browser that attaches cookies in tabs only: 401 for whatever does not come from a page of the site.
    WithholdCookies,
    /// The session cookie is set anew with the answer, as it was.
    RenewSession,
    /// A challenge page with `cf-mitigated: challenge`.
    Challenge,
    /// The connection breaks before anything happens.
    Drop,
    /// Everything happens, and the answer is lost.
    DropAnswer,
    /// It waits until the control lets go of it. Then its connection breaks.
    Hold {
        /// It has happened by then.
        carried_out: bool,
    },
}

/// The orders in force.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds an order.
    pub fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Drops all orders.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What is to happen to this request, in the order of the orders; each counts down.
    pub fn take(&mut self, method: &str, path: &str) -> Vec<Action> {
        let mut actions = Vec::new();
        for fault in &mut self.0 {
            let method_fits = fault.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
            if method_fits && path.contains(&fault.path_contains) && fault.times != Some(0) {
                fault.times = fault.times.map(|times| times - 1);
                actions.push(fault.action.clone());
            }
        }
        actions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_count_down() {
        let mut faults = Faults::default();
        let order =
            r#"{"method": "post", "path_contains": "upload", "times": 1, "action": {"kind": "status", "status": 500}}"#;
        faults.add(serde_json::from_str(order).expect("order"));
        assert!(faults.take("GET", "/x/upload-skill").is_empty());
        assert_eq!(faults.take("POST", "/x/upload-skill").len(), 1);
        assert!(faults.take("POST", "/x/upload-skill").is_empty());
    }
}
