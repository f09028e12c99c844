//! JSON as a value, without a parser: the browser parses, the engine looks.
//!
//! [`Json`] crosses the boundary by any serde format. [`Json::decode`] and [`Json::encode`] turn it into the types of the
//! wire and back; both are compiled once for one format, which keeps the core small.

mod decode;
mod encode;
mod transfer;

use std::collections::BTreeMap;
use std::fmt;

pub use decode::Mismatch;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A JSON value. Its `Debug` tells the shape and no content, because answers hold tokens and names.
#[derive(Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number; whole ones are exact up to 2^53, as in JavaScript.
    Number(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, ordered by key.
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// The value as a type of ours.
    ///
    /// # Errors
    ///
    /// [`Mismatch`] when a member is missing or of another kind. It carries no content.
    pub fn decode<T: DeserializeOwned>(self) -> Result<T, Mismatch> {
        T::deserialize(decode::Decoder(self))
    }

    /// A value of ours as JSON. What JSON cannot hold (a map with keys that are no text) becomes `null`; no type of ours does.
    pub fn encode(value: &impl Serialize) -> Self {
        value.serialize(encode::Encoder).unwrap_or(Self::Null)
    }

    /// The member of an object; nothing when there is none, or when this is no object.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Object(members) => members.get(key),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    pub fn list(&self) -> Option<&[Json]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Bool(_) => f.write_str("Bool"),
            Self::Number(_) => f.write_str("Number"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::List(items) => write!(f, "List({})", items.len()),
            Self::Object(members) => write!(f, "Object({})", members.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use companion_wire::operation::{CompleteOperation, Operation, OperationKind, OperationResult};
    use companion_wire::pairing::PairingStatus;

    use super::*;

    fn json(text: &str) -> Json {
        serde_json::from_str(text).expect("test text is JSON")
    }

    #[test]
    fn text_survives_the_way_there_and_back() {
        for text in ["null", "true", "1.5", "-3", "9007199254740991", r#""ö\n""#, "[]", r#"{"a":[{"b":null}]}"#] {
            assert_eq!(serde_json::to_string(&json(text)).expect("is JSON"), text);
        }
    }

    #[test]
    fn wire_types_are_read() {
        let text = r#"{"id":"6f0f2c0e-3b0f-4a44-9a3c-2f3f6a7c9d10","kind":"knit","skill_id":null,"payload":{"name":"a","more":[1]},
            "attempts":2,"created_at":"2026-11-21T02:37:53.474348Z"}"#;
        let operation: Operation = json(text).decode().expect("is an operation");
        assert_eq!(operation.kind, OperationKind::Unknown);
        assert_eq!((operation.payload.name.as_deref(), operation.attempts), (Some("a"), 2));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for text in ["[]", "{}", r#"{"approved":"yes","extension_token":null}"#, r#"{"approved":1}"#] {
            assert!(json(text).decode::<PairingStatus>().is_err(), "{text}");
        }
        for text in ["-1", "1.5", "4294967296"] {
            assert!(json(text).decode::<u32>().is_err(), "{text}");
        }
    }

    #[test]
    fn encoding_agrees_with_serde_json() {
        let result = OperationResult { claude_ai_skill_id: Some("s".into()), unchanged: true, ..Default::default() };
        let completion = CompleteOperation { success: true, result: Some(result), ..Default::default() };
        let text = serde_json::to_string(&completion).expect("is JSON");
        assert_eq!(Json::encode(&completion), json(&text));
        assert_eq!(Json::encode(&completion).decode::<CompleteOperation>().expect("comes back"), completion);
    }

    #[test]
    fn variants_of_every_kind_survive() {
        #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        enum Step {
            Plain,
            Wrapping(u32),
            Named { id: String, over: Option<Box<Step>> },
        }
        let named = Step::Named { id: "s".into(), over: Some(Box::new(Step::Wrapping(7))) };
        for step in [Step::Plain, Step::Wrapping(7), named] {
            let encoded = Json::encode(&step);
            assert_eq!(encoded, json(&serde_json::to_string(&step).expect("is JSON")));
            assert_eq!(encoded.decode::<Step>().expect("comes back"), step);
        }
    }

    #[test]
    fn debug_tells_the_shape_only() {
        let shown = format!("{:?}", json(r#"{"extension_token":"sfe_topsecret"}"#));
        assert_eq!(shown, "Object(1)");
    }
}
