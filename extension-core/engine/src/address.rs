//! Addresses: what a person types as a server, and values inside a path.

/// The characters that RFC 3986 calls unreserved go as they are.
const UNRESERVED: &[u8] = b"-._~";

/// Scheme, host and port of a web address, in lower case; path, query and fragment are cut off. `None` when it is none, or when it
/// holds a name or password.
pub(crate) fn origin(text: &str) -> Option<String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_');
    let web = scheme == "http" || scheme == "https";
    (web && authority.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && authority.chars().all(legal))
        .then(|| scheme + "://" + &authority)
}

/// The value so that it cannot end its place in a path or query.
pub(crate) fn percent_encoded(value: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut result = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || UNRESERVED.contains(&byte) {
            result.push(char::from(byte));
        } else {
            result.extend(['%', char::from(HEX[usize::from(byte >> 4)]), char::from(HEX[usize::from(byte & 15)])]);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_cut_out() {
        let table = [
            (" http://127.0.0.1:8082/ ", Some("http://127.0.0.1:8082")),
            ("HTTPS://Skills.Example.org/path?x#y", Some("https://skills.example.org")),
            ("http://[::1]:8082", Some("http://[::1]:8082")),
            ("127.0.0.1:8082", None),
            ("ftp://a", None),
            ("http://", None),
            ("http://me:secret@host", None),
            ("http://a b", None),
        ];
        for (text, expected) in table {
            assert_eq!(origin(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn values_are_encoded() {
        assert_eq!(percent_encoded("aZ9-._~"), "aZ9-._~");
        assert_eq!(percent_encoded("a b/ä"), "a%20b%2F%C3%A4");
    }
}
