//! The companion server as a process that can be killed and started again on the same port.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::process::{Process, free_port};
use crate::services::Services;
use crate::{Step, inputs};

const ADMIN_TOKEN: &str = "end-to-end-admin-token-0123456789";

/// A running server.
#[derive(Debug)]
pub struct Companion {
    process: Process,
    library: PathBuf,
    data: PathBuf,
    port: u16,
    services: Option<Services>,
    /// The one-time link that this start printed.
    pub login_link: String,
    http: reqwest::Client,
}

impl Companion {
    /// Starts it on a free port with SQLite in `data`.
    ///
    /// # Errors
    ///
    /// It does not become ready.
    pub async fn start(library: &Path, data: &Path) -> Step<Self> {
        Self::start_with(Some(library), data, None).await
    }

    /// The same, with internal services.
    ///
    /// # Errors
    ///
    /// It does not become ready.
    pub async fn start_with_services(library: &Path, data: &Path, services: Services) -> Step<Self> {
        Self::start_with(Some(library), data, Some(services)).await
    }

    /// The same, with the library that the server chooses when it is told none: its sample library, unpacked below `data`.
    ///
    /// # Errors
    ///
    /// It does not become ready.
    pub async fn start_with_sample(data: &Path) -> Step<Self> {
        Self::start_with(None, data, None).await
    }

    async fn start_with(library: Option<&Path>, data: &Path, services: Option<Services>) -> Step<Self> {
        let port = free_port()?;
        let started = launch(library, data, port, services.as_ref()).await?;
        Ok(Self {
            process: started.process,
            library: started.library,
            data: data.to_owned(),
            port,
            services,
            login_link: started.login_link,
            http: crate::http::client().build()?,
        })
    }

    /// The folder of skills that it serves.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where it listens on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its process id.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Where its database lies.
    pub fn database(&self) -> PathBuf {
        self.data.join("skillferry.db")
    }

    /// Its data folder, from which it also imports.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// SIGKILL.
    ///
    /// # Errors
    ///
    /// It cannot be waited for.
    pub async fn kill(&mut self) -> Step {
        self.process.kill().await
    }

    /// SIGTERM.
    ///
    /// # Errors
    ///
    /// It does not end.
    pub async fn terminate(&mut self) -> Step {
        self.process.terminate().await
    }

    /// Starts it again on the same port and data.
    ///
    /// # Errors
    ///
    /// It does not become ready.
    pub async fn restart(&mut self) -> Step {
        let started = launch(Some(&self.library), &self.data, self.port, self.services.as_ref()).await?;
        (self.process, self.login_link) = (started.process, started.login_link);
        Ok(())
    }

    /// An answer of a dashboard route.
    ///
    /// # Errors
    ///
    /// It is no success.
    pub async fn get(&self, path: &str) -> Step<Value> {
        self.read(&format!("/v1/integrations/claude-ai{path}")).await
    }

    /// An answer of a route that is no browser's, with its whole path.
    ///
    /// # Errors
    ///
    /// It is no success.
    pub async fn read(&self, path: &str) -> Step<Value> {
        let url = format!("{}{path}", self.origin());
        Ok(self.http.get(url).bearer_auth(ADMIN_TOKEN).send().await?.error_for_status()?.json().await?)
    }

    /// The answer of a call of a route that is no browser's, with its whole path.
    ///
    /// # Errors
    ///
    /// It is no success.
    pub async fn made(&self, method: &str, path: &str, body: Value) -> Step<Value> {
        let request = self.http.request(method.parse()?, format!("{}{path}", self.origin()));
        Ok(request.bearer_auth(ADMIN_TOKEN).json(&body).send().await?.error_for_status()?.json().await?)
    }

    /// Calls a dashboard route.
    ///
    /// # Errors
    ///
    /// It is no success.
    pub async fn post(&self, path: &str, body: Value) -> Step {
        let url = format!("{}/v1/integrations/claude-ai{path}", self.origin());
        self.http.post(url).bearer_auth(ADMIN_TOKEN).json(&body).send().await?.error_for_status()?;
        Ok(())
    }

    /// Calls a route that is no browser's, with its whole path.
    ///
    /// # Errors
    ///
    /// It is no success.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Step {
        let request = self.http.request(method.parse()?, format!("{}{path}", self.origin()));
        request.bearer_auth(ADMIN_TOKEN).json(&body).send().await?.error_for_status()?;
        Ok(())
    }

    /// What asking for work with this token is answered: the status and the error's code.
    ///
    /// # Errors
    ///
    /// No answer.
    pub async fn asked_with(&self, token: &str) -> Step<(u16, String)> {
        let url = format!("{}/v1/integrations/claude-ai/extension/operations?limit=1", self.origin());
        let answer = self.http.get(url).bearer_auth(token).send().await?;
        let status = answer.status().as_u16();
        let body: Value = answer.json().await?;
        Ok((status, body["error"]["code"].as_str().unwrap_or_default().to_owned()))
    }

    /// A field of `/proc/PID/status` in kilobytes, e.g. `VmRSS` or `VmHWM`.
    pub fn memory_kb(&self, field: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()?)).ok()?;
        let line = status.lines().find(|line| line.starts_with(field))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

struct Started {
    process: Process,
    library: PathBuf,
    login_link: String,
}

async fn launch(library: Option<&Path>, data: &Path, port: u16, services: Option<&Services>) -> Step<Started> {
    let log = std::fs::File::options().create(true).append(true).open(data.join("server.log"))?;
    let mut command = Command::new(inputs::server());
    command
        .arg("serve")
        .args(["--listen", &format!("127.0.0.1:{port}"), "--pair-rate-limit", "0"])
        .args(["--database-url", &format!("sqlite:{}", data.join("skillferry.db").display())])
        // What a person may name on the import page.
        .args([OsStr::new("--import-roots"), data.as_os_str()])
        .args(library.into_iter().flat_map(|folder| [OsStr::new("--library"), folder.as_os_str()]))
        // Whatever it keeps for a person stays below `data`, and the person's own is left alone.
        .env("HOME", data)
        .env_remove("XDG_DATA_HOME")
        .env("SKILLFERRY_ADMIN_TOKEN", ADMIN_TOKEN)
        .stdout(Stdio::piped())
        .stderr(log);
    services.into_iter().for_each(|services| services.describe_to(&mut command));
    let mut process = Process::start(&mut command)?;
    let mut lines = BufReader::new(process.stdout().ok_or("no standard output")?).lines();
    let (mut login_link, mut served) = (String::new(), PathBuf::new());
    let ready = async {
        while let Some(line) = lines.next_line().await? {
            if let Some(address) = line.strip_prefix("Dashboard: ") {
                login_link = address.to_owned();
            }
            if let Some(folder) = line.strip_prefix("Library: ") {
                served = folder.into();
            }
            if line.starts_with("Ready: ") {
                return Step::Ok(());
            }
        }
        let log = std::fs::read_to_string(data.join("server.log")).unwrap_or_default();
        Err(format!("the server ended before it was ready:\n{log}").into())
    };
    tokio::time::timeout(Duration::from_secs(20), ready).await??;
    Ok(Started { process, library: library.map_or(served, Path::to_owned), login_link })
}
