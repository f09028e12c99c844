//! What this life of the background knows about calls: when each was last answered well, and which of its paths were tried.

use companion_wire::endpoint::Endpoint;

use crate::io::Millis;

/// One entry for each call that was made.
#[derive(Debug, Default)]
pub(crate) struct Calls(Vec<Call>);

#[derive(Debug)]
struct Call {
    endpoint: Endpoint,
    met_at: Option<Millis>,
    tried: usize,
}

impl Calls {
    /// When its contract was met last.
    pub fn met_at(&self, endpoint: Endpoint) -> Option<Millis> {
        self.0.iter().find(|call| call.endpoint == endpoint)?.met_at
    }

    /// How many of its paths have answered 404 since one did not.
    pub fn tried(&self, endpoint: Endpoint) -> usize {
        self.0.iter().find(|call| call.endpoint == endpoint).map_or(0, |call| call.tried)
    }

    /// Its contract is met: the next call begins with the first path again, which is how a path that is gone for good is told from
    /// one that was missed by chance.
    pub fn met(&mut self, endpoint: Endpoint, now: Millis) {
        let call = self.call(endpoint);
        (call.met_at, call.tried) = (Some(now), 0);
    }

    /// The work is done. What was answered well before says little about the answers to what comes next.
    pub fn rested(&mut self) {
        self.0.iter_mut().for_each(|call| call.met_at = None);
    }

    /// A path has answered 404. Returns whether another one of the `candidates` is left; else they are begun again.
    pub fn missed(&mut self, endpoint: Endpoint, candidates: usize) -> bool {
        let call = self.call(endpoint);
        call.tried = (call.tried + 1) % candidates.max(1);
        call.tried != 0
    }

    fn call(&mut self, endpoint: Endpoint) -> &mut Call {
        let place = self.0.iter().position(|call| call.endpoint == endpoint).unwrap_or_else(|| {
            self.0.push(Call { endpoint, met_at: None, tried: 0 });
            self.0.len() - 1
        });
        &mut self.0[place]
    }
}
