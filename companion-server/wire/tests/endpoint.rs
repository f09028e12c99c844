//! One JSON text for each message about claude.ai's endpoints: a renamed member is a visible difference.

use std::fmt::Debug;

use companion_wire::endpoint::{
    Endpoint, EndpointChanged, EndpointPolicy, Finding, FindingKind, PathChoice, Severity, Verdict,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[track_caller]
fn golden<T: Serialize + DeserializeOwned + PartialEq + Debug>(message: &T, json: &str) {
    assert_eq!(serde_json::to_string(message).expect("writes"), json);
    understood(json, message);
}

#[track_caller]
fn understood<T: DeserializeOwned + PartialEq + Debug>(json: &str, message: &T) {
    assert_eq!(serde_json::from_str::<T>(json).expect("reads"), *message);
}

#[test]
fn endpoint_changed() {
    let finding = Finding {
        kind: FindingKind::TypeChanged,
        severity: Severity::Breaking,
        at: "skills[].id".to_owned(),
        expected: Some("text|number".to_owned()),
        seen: Some("null".to_owned()),
    };
    let detail = EndpointChanged {
        message: "It differs.".to_owned(),
        endpoint: Endpoint::ListSkills,
        verdict: Verdict::ReadOnly,
        findings: vec![finding],
    };
    golden(
        &detail,
        concat!(
            r#"{"message":"It differs.","endpoint":"list_skills","verdict":"read_only","findings":[{"kind":"type_changed","#,
            r#""severity":"breaking","at":"skills[].id","expected":"text|number","seen":"null"}]}"#
        ),
    );
    understood(r#""of_a_newer_browser""#, &Endpoint::Unknown);
    understood(r#""of_a_newer_browser""#, &FindingKind::Unknown);
    for endpoint in Endpoint::KNOWN {
        assert_eq!(serde_json::to_value(endpoint).expect("JSON"), endpoint.as_str());
    }
}

#[test]
fn endpoint_policy() {
    let paths = vec![PathChoice { endpoint: Endpoint::ListSkills, candidate: 1 }];
    golden(
        &EndpointPolicy { read_only: true, paths },
        r#"{"read_only":true,"paths":[{"endpoint":"list_skills","candidate":1}]}"#,
    );
    understood("{}", &EndpointPolicy::default());
}
