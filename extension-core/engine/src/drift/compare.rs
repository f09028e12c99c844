//! A JSON value against a shape. What comes out is made of compiled-in names, kinds and hashes; no value of the answer can be in it.

use companion_wire::endpoint::{Finding, FindingKind, Severity};
use sha2::{Digest, Sha256};

use super::contract::{Member, Shape, Weight};
use crate::json::Json;

/// More than a maintainer needs to see what has happened.
const MOST: usize = 16;

/// What differs, each thing once however often it occurs.
pub(crate) fn compared(shape: &Shape, json: &Json) -> Vec<Finding> {
    let mut differences = Differences::default();
    differences.look(shape, json, "", Weight::Needed);
    differences.0
}

/// Whether nothing can be relied on any more.
pub(crate) fn is_breaking(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Breaking)
}

#[derive(Default)]
struct Differences(Vec<Finding>);

impl Differences {
    fn look(&mut self, shape: &Shape, json: &Json, at: &str, weight: Weight) {
        match (shape, json) {
            (Shape::Any, _) => {}
            (Shape::Label, json) if is_label(json) => {}
            (Shape::Filled, Json::List(items)) if !items.is_empty() => {}
            (Shape::List(item), Json::List(items)) => {
                let at = at.to_owned() + "[]";
                items.iter().for_each(|json| self.look(item, json, &at, weight));
            }
            (Shape::Object(members), Json::Object(_)) => self.look_at_members(members, json, at),
            (Shape::Either(shapes), json) => self.look_at_alternatives(shapes, json, at, weight),
            _ => self.note(FindingKind::TypeChanged, weight.severity(), at, Some(expected(shape)), Some(seen(json))),
        }
    }

    fn look_at_alternatives(&mut self, shapes: &[Shape], json: &Json, at: &str, weight: Weight) {
        let of_its_kind = |shape: &&Shape| {
            matches!((shape, json), (Shape::List(_), Json::List(_)) | (Shape::Object(_), Json::Object(_)))
        };
        let fits = |shape: &&Shape| !is_breaking(&compared(shape, json));
        match shapes.iter().find(fits).or_else(|| shapes.iter().find(of_its_kind)) {
            Some(shape) => self.look(shape, json, at, weight),
            None => {
                let wanted: Vec<&str> = shapes.iter().map(expected).collect();
                self.note(FindingKind::TypeChanged, weight.severity(), at, Some(&wanted.join("|")), Some(seen(json)));
            }
        }
    }

    fn look_at_members(&mut self, members: &[Member], json: &Json, at: &str) {
        for member in members {
            self.look_at_member(member, json, at);
        }
        let Json::Object(present) = json else { return };
        for name in present.keys() {
            if !members.iter().any(|member| member.names.contains(&name.as_str())) {
                self.note(FindingKind::NewField, Severity::Notice, &below(at, &hashed(name)), None, None);
            }
        }
    }

    /// One of the member's names has to hold what fits; else the first that is there is to blame.
    fn look_at_member(&mut self, member: &Member, json: &Json, at: &str) {
        let there = || member.names.iter().filter_map(|name| Some((*name, json.get(name)?)));
        let fits = |(_, value): &(&str, &Json)| !is_breaking(&compared(&member.shape, value));
        // Looking ahead without a choice would double the work with each level that a list lies below.
        let chosen = if there().nth(1).is_some() { there().find(fits) } else { None };
        let Some((name, value)) = chosen.or_else(|| there().next()) else {
            if member.weight != Weight::Known {
                let at = below(at, &member.names.join("|"));
                self.note(
                    FindingKind::MissingField,
                    member.weight.severity(),
                    &at,
                    Some(expected(&member.shape)),
                    None,
                );
            }
            return;
        };
        self.look_below(member, value, &below(at, name));
    }

    /// What is wrong inside a member weighs at most as much as the member.
    fn look_below(&mut self, member: &Member, value: &Json, at: &str) {
        let before = self.0.len();
        self.look(&member.shape, value, at, member.weight);
        for finding in &mut self.0[before..] {
            finding.severity = finding.severity.min(member.weight.severity());
        }
    }

    fn note(&mut self, kind: FindingKind, severity: Severity, at: &str, expected: Option<&str>, seen: Option<&str>) {
        let finding = Finding {
            kind,
            severity,
            at: at.to_owned(),
            expected: expected.map(str::to_owned),
            seen: seen.map(str::to_owned),
        };
        // A breaking one always finds room: it is what decides.
        let room = self.0.len() < MOST || (severity == Severity::Breaking && !is_breaking(&self.0));
        if room && !self.0.contains(&finding) {
            self.0.push(finding);
        }
    }
}

fn below(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { at.to_owned() + "." + name }
}

/// A name that is not compiled in may be anything, also somebody's address used as a key.
fn hashed(name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    let mut text = "#".to_owned();
    for byte in digest.iter().take(4) {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or_default());
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or_default());
    }
    text
}

fn is_label(json: &Json) -> bool {
    match json {
        Json::Text(text) => !text.is_empty(),
        // Whole and exact, as the readers in `remote::decode` take them.
        number @ Json::Number(_) => number.clone().decode::<u64>().is_ok(),
        _ => false,
    }
}

const fn expected(shape: &Shape) -> &'static str {
    match shape {
        Shape::Any => "any",
        Shape::Label => "text|number",
        Shape::List(_) | Shape::Filled => "list",
        Shape::Object(_) => "object",
        Shape::Either(_) => "list|object",
    }
}

/// The kind of a value, and nothing else of it.
pub(crate) fn seen(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::Text(text) if text.is_empty() => "empty text",
        Json::Text(_) => "text",
        Json::List(items) if items.is_empty() => "empty list",
        Json::List(_) => "list",
        Json::Object(_) => "object",
    }
}
