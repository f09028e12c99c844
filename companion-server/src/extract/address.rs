//! Where a request came from. `X-Forwarded-For` counts only when the peer is a proxy the operator trusts.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::extract::ConnectInfo;
use axum::http::Extensions;
use axum::http::HeaderMap;

/// A network such as `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The text is no address and no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is neither an IP address nor a network like 10.0.0.0/8")]
pub struct NotANetwork(String);

impl FromStr for Network {
    type Err = NotANetwork;
    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let wrong = || NotANetwork(text.to_owned());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(widest), |prefix| prefix.parse().map_err(|_| wrong()))?;
        if prefix > widest { Err(wrong()) } else { Ok(Self { address, prefix }) }
    }
}

impl Network {
    /// The address lies in this network.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                u32::from(network) & mask == u32::from(address) & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                u128::from(network) & mask == u128::from(address) & mask
            }
            _ => false,
        }
    }
}

/// The client's address: the peer, or, behind trusted proxies, the last forwarded address that is none of them.
/// A forwarded text that is no address ends the search; it is never an error.
pub fn client(extensions: &Extensions, headers: &HeaderMap, trusted: &[Network]) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical())?;
    let is_proxy = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_proxy(peer) {
        return Some(peer);
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let chain: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
    let mut client = peer;
    for hop in chain.into_iter().rev() {
        let Ok(address) = hop.parse::<IpAddr>() else { break };
        client = address.to_canonical();
        if !is_proxy(client) {
            break;
        }
    }
    Some(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: Option<&str>, trusted: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().expect("peer"), 1)));
        let mut headers = HeaderMap::new();
        if let Some(value) = forwarded {
            headers.insert("x-forwarded-for", value.parse().expect("header"));
        }
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().expect("network")).collect();
        client(&extensions, &headers, &trusted).expect("address").to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen("9.9.9.9", Some("1.1.1.1"), &[]), "9.9.9.9");
        assert_eq!(seen("10.0.0.1", Some("1.1.1.1"), &["10.0.0.0/8"]), "1.1.1.1");
        assert_eq!(seen("10.0.0.1", Some("6.6.6.6, 1.1.1.1, 10.2.2.2"), &["10.0.0.0/8"]), "1.1.1.1");
        assert_eq!(seen("10.0.0.1", Some("garbage"), &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", Some("1.1.1.1:80"), &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", None, &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(seen("::ffff:10.0.0.1", Some("2001:db8::1"), &["10.0.0.1"]), "2001:db8::1");
    }

    #[test]
    fn networks() {
        for bad in ["", "x", "10.0.0.0/33", "::/129", "10.0.0.0/x"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
        assert!("0.0.0.0/0".parse::<Network>().expect("all").contains([1, 2, 3, 4].into()));
    }
}
