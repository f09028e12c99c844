//! A browser that pairs and asks, by hand.

use crate::program::{ADMIN, Running};

/// Prefix of the connector's routes.
pub const P: &str = companion_wire::PREFIX;

/// The value of a member of a flat JSON object.
pub fn member(body: &str, name: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    body[name].as_str().unwrap_or_else(|| panic!("{name} in {body}")).to_owned()
}

/// Pairs a browser; returns its token.
pub fn pair(server: &Running) -> String {
    let json = "content-type: application/json";
    let (_, begun) = server.ask(&format!("POST {P}/extension/pair HTTP/1.1\n{json}\n\n{{}}"));
    let (code, token) = (member(&begun, "pairing_code"), member(&begun, "pairing_token"));
    let admin = format!("authorization: Bearer {ADMIN}\n{json}");
    let approval = format!("POST {P}/pair/approve HTTP/1.1\n{admin}\n\n{{\"pairing_code\": \"{code}\"}}");
    assert_eq!(server.ask(&approval).0, 204);
    let (_, redeemed) = server.ask(&format!("GET {P}/extension/pair/status?pairing_token={token} HTTP/1.1"));
    member(&redeemed, "extension_token")
}
