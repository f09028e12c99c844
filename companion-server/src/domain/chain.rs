//! The hash chain of the audit log: what is hashed, and what a walk along the rows finds. Layout: `docs/runbook.md`, "Audit chain".

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use skill_format::Digest;
use uuid::Uuid;

use crate::time::Timestamp;

/// Integers up to here are the same number in every JSON reader.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A row of the audit log, as the chain covers it.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainedRow {
    /// Its place: 1, 2, 3 …; no two rows share one.
    pub seq: i64,
    /// Its id.
    pub id: Uuid,
    /// The browser.
    pub integration: Option<Uuid>,
    /// The event's name.
    pub event: String,
    /// The skill.
    pub skill: Option<Uuid>,
    /// The detail.
    pub detail: Value,
    /// The address it came from.
    pub source: Option<String>,
    /// When; later than every row before it.
    pub created: Timestamp,
    /// The hash of the row before it; empty for the first.
    pub previous_hash: String,
}

impl ChainedRow {
    /// 64 lower-case hex digits: SHA-256 of the row's canonical text, a JSON array that ends with the previous hash.
    pub fn hash(&self) -> String {
        let text = json!([
            self.seq,
            self.id.to_string(),
            self.created.0,
            self.event,
            self.integration.map(|id| id.to_string()),
            self.skill.map(|id| id.to_string()),
            canonical(&self.detail),
            self.source,
            self.previous_hash,
        ]);
        Digest::from_bytes(Sha256::digest(text.to_string().as_bytes()).into()).to_string()
    }
}

/// A value with sorted keys and with numbers that no database respells: `1e2`, `100.0` and `100` are one.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(members) => {
            let mut sorted: Vec<(String, Value)> =
                members.iter().map(|(name, value)| (name.clone(), canonical(value))).collect();
            sorted.sort_by(|(left, _), (right, _)| left.cmp(right));
            Value::Object(sorted.into_iter().collect())
        }
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() <= EXACT => json!(format!("{:.0}", float + 0.0)),
            Some(float) => json!(format!("{float:.12e}")),
            None => value.clone(),
        },
        other => other.clone(),
    }
}

/// What a walk along the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainReport {
    /// Every row is as it was written.
    Intact {
        /// How many rows there are.
        rows: u64,
        /// The last place that was removed from the beginning, 0 when nothing was: pruning by age does that.
        pruned_to: i64,
    },
    /// Something was changed behind the server's back.
    Broken {
        /// The place.
        seq: i64,
        /// What is wrong there.
        what: Break,
    },
}

/// What can be wrong at a place of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// Rows between others are missing.
    Missing,
    /// The row is not what was written.
    Changed,
    /// The row does not follow the one before it.
    Reordered,
    /// The newest rows are missing.
    Truncated,
    /// A row that the server never wrote.
    Foreign,
}

impl Break {
    /// A plain sentence's end.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Missing => "rows before it are missing",
            Self::Changed => "the row was changed after it was written",
            Self::Reordered => "the row does not follow the one before it",
            Self::Truncated => "the newest rows are missing",
            Self::Foreign => "there is a row that the server did not write",
        }
    }
}

/// What became of rows from which personal data was taken out: the hash of what is left of each, by its place. It stands in a later
/// row of the same chain.
pub type Vouchers = BTreeMap<i64, String>;

/// Walks along the chain, row by row.
#[derive(Debug, Default)]
pub struct Walk {
    vouchers: Vouchers,
    pruned: (i64, String),
    last: Option<(i64, String)>,
    pruned_to: i64,
    rows: u64,
}

impl Walk {
    /// A walk along a log that the server itself pruned up to `place`, whose row had `hash`; 0 when it never did.
    pub fn pruned(place: i64, hash: &str) -> Self {
        Self { pruned: (place, hash.to_owned()), ..Self::default() }
    }

    /// The same walk, where rows may be as the log says that they were made.
    pub fn vouched(self, vouchers: Vouchers) -> Self {
        Self { vouchers, ..self }
    }

    /// Takes the next row by place, with the hash that is stored beside it.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn step(&mut self, row: &ChainedRow, stored: Option<&str>) -> Result<(), Break> {
        match &self.last {
            None if row.seq <= self.pruned.0 => return Err(Break::Foreign),
            None if row.seq == self.pruned.0 + 1 && row.previous_hash != self.pruned.1 => return Err(Break::Reordered),
            None => self.pruned_to = row.seq - 1,
            Some((seq, _)) if row.seq != seq + 1 => return Err(Break::Missing),
            Some((_, hash)) if *hash != row.previous_hash => return Err(Break::Reordered),
            Some(_) => {}
        }
        let (hash, stored) = (row.hash(), stored.unwrap_or_default());
        // A row that was redacted keeps the hash that it was written with: the next row follows that one.
        if stored != hash && self.vouchers.get(&row.seq) != Some(&hash) {
            return Err(Break::Changed);
        }
        self.last = Some((row.seq, stored.to_owned()));
        self.rows += 1;
        Ok(())
    }

    /// How many rows were looked at.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The last row that was looked at: its place and its hash.
    pub fn last(&self) -> Option<(i64, &str)> {
        self.last.as_ref().map(|(seq, hash)| (*seq, hash.as_str()))
    }

    /// The last place that was looked at, 0 before the first.
    pub fn place(&self) -> i64 {
        self.last.as_ref().map_or(0, |(seq, _)| *seq)
    }

    /// Compares the end with the remembered one. No row at all is a log that was pruned wholly.
    pub fn end(self, head: i64, head_hash: &str) -> ChainReport {
        match &self.last {
            None => ChainReport::Intact { rows: 0, pruned_to: head },
            Some((seq, _)) if *seq < head => ChainReport::Broken { seq: seq + 1, what: Break::Truncated },
            Some((seq, hash)) if *seq > head || hash != head_hash => {
                ChainReport::Broken { seq: *seq, what: Break::Foreign }
            }
            Some(_) => ChainReport::Intact { rows: self.rows, pruned_to: self.pruned_to },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_a_database_respells_hash_the_same() {
        let same = |left: &str, right: &str| {
            let value = |text| canonical(&serde_json::from_str::<Value>(text).expect("JSON"));
            assert_eq!(value(left), value(right), "{left} {right}");
        };
        same(r#"{"b": 1e2, "a": [0.5]}"#, r#"{"a": [0.50], "b": 100}"#);
        same("1e19", "10000000000000000000");
        same("-0.0", "0");
        assert_ne!(canonical(&json!(1)), canonical(&json!(2)));
        assert_ne!(canonical(&json!(-10)), canonical(&json!(10)));
    }
}
