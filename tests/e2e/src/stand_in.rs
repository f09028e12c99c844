//! The program that plays claude.ai, and its control.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::process::Process;
use crate::{Step, inputs};

/// A running stand-in.
#[derive(Debug)]
pub struct StandIn {
    _process: Process,
    /// Where its proxy listens.
    pub proxy: String,
    /// What browsers need to trust its certificate.
    pub spki_sha256: String,
    control: String,
    http: reqwest::Client,
}

/// Path → (SHA-256, executable) of a skill's files.
pub type Files = BTreeMap<String, (String, bool)>;

impl StandIn {
    /// Starts it with an empty account.
    ///
    /// # Errors
    ///
    /// It does not say where it listens.
    pub async fn start() -> Step<Self> {
        let mut command = Command::new(inputs::stand_in());
        command.arg("--exit-with-stdin").stdout(Stdio::piped());
        let mut process = Process::start(&mut command)?;
        let stdout = process.stdout().ok_or("no standard output")?;
        let mut line = String::new();
        tokio::time::timeout(Duration::from_secs(10), BufReader::new(stdout).read_line(&mut line)).await??;
        let said: Value = serde_json::from_str(&line)?;
        let text =
            |key: &str| said[key].as_str().map(str::to_owned).ok_or(format!("the stand-in does not say its {key}"));
        Ok(Self {
            _process: process,
            proxy: text("proxy")?,
            spki_sha256: text("spki_sha256")?,
            control: text("control")?,
            http: crate::http::client().build()?,
        })
    }

    /// What the account holds.
    ///
    /// # Errors
    ///
    /// The control does not answer.
    pub async fn account(&self) -> Step<Value> {
        Ok(self.http.get(format!("{}/control/account", self.control)).send().await?.json().await?)
    }

    /// Files of each skill of the account.
    ///
    /// # Errors
    ///
    /// The control does not answer.
    pub async fn skills(&self) -> Step<BTreeMap<String, Files>> {
        self.skills_of("skills").await
    }

    /// Files of each skill in the other organisation.
    ///
    /// # Errors
    ///
    /// The control does not answer.
    pub async fn skills_elsewhere(&self) -> Step<BTreeMap<String, Files>> {
        self.skills_of("elsewhere").await
    }

    async fn skills_of(&self, place: &str) -> Step<BTreeMap<String, Files>> {
        let account = self.account().await?;
        let files = |skill: &Value| -> Files {
            let files = skill["files"].as_object().cloned().unwrap_or_default();
            let facts = |(path, facts): (String, Value)| {
                (path, (facts["sha256"].as_str().unwrap_or_default().to_owned(), facts["executable"] == true))
            };
            files.into_iter().map(facts).collect()
        };
        let skills = account[place].as_array().cloned().unwrap_or_default();
        Ok(skills.iter().map(|skill| (skill["name"].as_str().unwrap_or_default().to_owned(), files(skill))).collect())
    }

    /// How often a name was created, replaced and deleted.
    ///
    /// # Errors
    ///
    /// The control does not answer.
    pub async fn writes(&self, name: &str) -> Step<(u64, u64, u64)> {
        let writes = self.account().await?["writes"][name].clone();
        let count = |key: &str| writes[key].as_u64().unwrap_or(0);
        Ok((count("created"), count("replaced"), count("deleted")))
    }

    /// Every request so far.
    ///
    /// # Errors
    ///
    /// The control does not answer.
    pub async fn requests(&self) -> Step<Vec<Value>> {
        Ok(self.http.get(format!("{}/control/requests", self.control)).send().await?.json().await?)
    }

    /// Orders a bad day.
    ///
    /// # Errors
    ///
    /// The control does not take it.
    pub async fn fault(&self, fault: Value) -> Step {
        self.http.post(format!("{}/control/faults", self.control)).json(&fault).send().await?.error_for_status()?;
        Ok(())
    }

    /// No more bad days.
    ///
    /// # Errors
    ///
    /// The control does not answer.
    pub async fn clear_faults(&self) -> Step {
        self.http.delete(format!("{}/control/faults", self.control)).send().await?.error_for_status()?;
        Ok(())
    }

    /// How many requests were held so far, by the fault `hold`.
    ///
    /// # Errors
    ///
    /// The control does not answer.
    pub async fn held(&self) -> Step<u64> {
        Ok(self.account().await?["held"].as_u64().unwrap_or_default())
    }

    /// Lets go of them: their connections break.
    ///
    /// # Errors
    ///
    /// The control does not answer.
    pub async fn let_go(&self) -> Step {
        self.http.post(format!("{}/control/let-go", self.control)).send().await?.error_for_status()?;
        Ok(())
    }

    /// Every answer takes so much longer.
    ///
    /// # Errors
    ///
    /// The control does not answer.
    pub async fn latency(&self, ms: u64) -> Step {
        let body = json!({ "ms": ms });
        self.http.put(format!("{}/control/latency", self.control)).json(&body).send().await?.error_for_status()?;
        Ok(())
    }

    /// Somebody edits or creates a skill on claude.ai.
    ///
    /// # Errors
    ///
    /// The stand-in refuses the archive.
    pub async fn put_skill(&self, name: &str, zip: Vec<u8>) -> Step {
        let url = format!("{}/control/skills/{name}", self.control);
        self.http.put(url).body(zip).send().await?.error_for_status()?;
        Ok(())
    }

    /// A conversation in which these files of skills were read, at that time (RFC 3339).
    ///
    /// # Errors
    ///
    /// The control does not take it.
    pub async fn put_conversation(&self, id: &str, paths: &[&str], at: &str) -> Step {
        let url = format!("{}/control/conversations/{id}", self.control);
        let body = json!({ "paths": paths, "at": at });
        self.http.put(url).json(&body).send().await?.error_for_status()?;
        Ok(())
    }

    /// All sessions are over.
    ///
    /// # Errors
    ///
    /// The control does not answer.
    pub async fn expire_sessions(&self) -> Step {
        self.http.post(format!("{}/control/expire-sessions", self.control)).send().await?.error_for_status()?;
        Ok(())
    }
}
