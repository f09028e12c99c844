//! What became of connecting and disconnecting a service, in the person's words.

use super::texts::Text;
use crate::services::connect::{Connecting, Disconnecting};
use crate::services::exchange::ServiceFailure;
use crate::services::revoking::NotRevoked;

/// What became of a click on Connect. `name` is what the service is called.
pub fn connecting(t: Text, name: &str, became: &Connecting) -> String {
    match became {
        Connecting::Connected => t.name("services-done", name),
        Connecting::NotConfigured => t.name("services-done-not-configured", name),
        Connecting::NoAddress => t.name("services-done-no-address", name),
        Connecting::Failed(failure) => t.why("services-done-failed", name, failed(t, failure)),
    }
}

/// What became of a click on Disconnect.
pub fn disconnecting(t: Text, name: &str, became: &Disconnecting) -> String {
    match became {
        Disconnecting::NotConnected => t.name("services-gone-was-none", name),
        Disconnecting::Revoked => t.name("services-gone", name),
        Disconnecting::NotRevocable => t.name("services-gone-not-revocable", name),
        Disconnecting::NotYet(why) => t.why("services-gone-not-yet", name, not_revoked(t, why)),
    }
}

fn failed(t: Text, failure: &ServiceFailure) -> String {
    match failure {
        ServiceFailure::Unreachable => t.say("services-failed-unreachable"),
        ServiceFailure::TimedOut => t.say("services-failed-silent"),
        // As it is: a status is a name and no amount.
        ServiceFailure::Status { status, .. } => t.name("services-failed-status", status),
        ServiceFailure::Malformed => t.say("services-failed-malformed"),
    }
}

fn not_revoked(t: Text, why: &NotRevoked) -> String {
    match why {
        NotRevoked::NotInRegistry => t.say("services-not-listed"),
        NotRevoked::NotConfigured => t.say("services-not-configured"),
        NotRevoked::Failed(failure) => failed(t, failure),
    }
}
