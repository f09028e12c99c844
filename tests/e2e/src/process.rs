//! A child process that does not outlive its value.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use crate::Step;

/// A process in a group of its own, ended as a whole, also when this program is killed before it can do so.
#[derive(Debug)]
pub struct Process {
    child: Child,
    _watch: Child,
}

impl Process {
    /// Starts it; standard input stays open for as long as the value lives.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub fn start(command: &mut Command) -> Step<Self> {
        let child = command.stdin(Stdio::piped()).process_group(0).kill_on_drop(true).spawn()?;
        let group = child.id().ok_or("the process ended at once")?;
        Ok(Self { child, _watch: watch(group)? })
    }

    /// Its standard output, when that was piped.
    pub fn stdout(&mut self) -> Option<tokio::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Its id.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// SIGKILL, and wait until it is gone.
    ///
    /// # Errors
    ///
    /// It cannot be waited for.
    pub async fn kill(&mut self) -> Step {
        self.signal("KILL");
        self.child.wait().await?;
        Ok(())
    }

    /// SIGTERM, and wait until it has ended by itself.
    ///
    /// # Errors
    ///
    /// It does not end within 15 seconds.
    pub async fn terminate(&mut self) -> Step {
        self.signal("TERM");
        tokio::time::timeout(Duration::from_secs(15), self.child.wait()).await??;
        Ok(())
    }

    /// To the whole group: a driver's browser goes with it.
    fn signal(&self, name: &str) {
        if let Some(id) = self.child.id() {
            let _ = std::process::Command::new("kill").args(["-s", name, "--", &format!("-{id}")]).status();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal("KILL");
    }
}

/// A shell that ends the group as soon as our end of its pipe closes, which it does with this program, whatever ended that. Dropped, it
/// does nothing more.
fn watch(group: u32) -> Step<Child> {
    let script = format!("cat >/dev/null; kill -s KILL -- -{group}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(shell.process_group(0).kill_on_drop(true).spawn()?)
}

/// A port of the loopback address that nobody uses at this moment.
///
/// # Errors
///
/// There is none.
pub fn free_port() -> Step<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Waits until `look` sees something; asks again every 100 ms.
///
/// # Errors
///
/// Names `what` when it is not seen within `limit`, with what was seen last.
pub async fn until<T, F>(what: &str, limit: Duration, mut look: impl FnMut() -> F) -> Step<T>
where
    F: Future<Output = Step<Result<T, String>>>,
{
    let begin = Instant::now();
    loop {
        let last = match look().await? {
            Ok(seen) => return Ok(seen),
            Err(last) => last,
        };
        if begin.elapsed() > limit {
            return Err(format!("waited {limit:?} for {what}; last seen: {last}").into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_group_ends_with_the_pipe_of_its_watch() {
        let mut sleeper =
            Command::new("sleep").arg("60").process_group(0).kill_on_drop(true).spawn().expect("a process");
        let mut watch = watch(sleeper.id().expect("an id")).expect("a watch");
        drop(watch.stdin.take());
        let ended = tokio::time::timeout(Duration::from_secs(10), sleeper.wait()).await;
        assert!(ended.is_ok_and(|status| !status.expect("a status").success()));
    }
}
