//! Child processes that never outlive their reason: each leads a group of its own, and the whole group ends with its guard.

use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Context, Failure, Outcome};
use crate::{family, interrupt};

const LOOK_AGAIN: Duration = Duration::from_millis(40);
const GRACE: Duration = Duration::from_secs(6);

/// A child process; dropping it ends it and what it started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    name: String,
}

impl Running {
    /// Starts `command` at the head of its own process group, so that a terminal's Ctrl-C reaches us first.
    pub fn start(command: &mut Command) -> Outcome<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = command.spawn().cannot(|| format!("start {name}"))?;
        Ok(Self { child, name })
    }

    /// The child's pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The exit status, once there is one.
    pub fn finished(&mut self) -> Outcome<Option<ExitStatus>> {
        let name = &self.name;
        self.child.try_wait().cannot(|| format!("wait for {name}"))
    }

    /// Waits for the end, calling `meanwhile` some 25 times a second; a request to stop ends the child.
    /// None when the child had to be ended because `limit` had passed.
    pub fn wait(mut self, limit: Option<Duration>, mut meanwhile: impl FnMut()) -> Outcome<Option<ExitStatus>> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.finished()? {
                return Ok(Some(status));
            }
            if limit.is_some_and(|limit| began.elapsed() > limit) {
                self.stop();
                return Ok(None);
            }
            interrupt::check()?;
            meanwhile();
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Ends the group: asked as by Ctrl-C, then told, then made to. What the child had started in other groups goes too.
    pub fn stop(&mut self) {
        let family = family::of(self.child.id());
        for signal in [Signal::Interrupt, Signal::Terminate, Signal::Kill] {
            self.signal(signal);
            if self.ends_within(GRACE) {
                break;
            }
        }
        family::end(&family);
    }

    fn ends_within(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(LOOK_AGAIN);
        }
        true
    }

    #[cfg(unix)]
    fn signal(&mut self, signal: Signal) {
        let signal = match signal {
            Signal::Interrupt => rustix::process::Signal::INT,
            Signal::Terminate => rustix::process::Signal::TERM,
            Signal::Kill => rustix::process::Signal::KILL,
        };
        if let Some(group) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            // It may have ended by itself in the meantime.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }

    #[cfg(not(unix))]
    fn signal(&mut self, _: Signal) {
        // It may have ended by itself in the meantime.
        let _ = self.child.kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}

/// The standard output of a short command, trimmed.
pub fn capture(command: &mut Command) -> Outcome<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().cannot(|| format!("start {name}"))?;
    if !output.status.success() {
        return Err(Failure::new(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[derive(Clone, Copy)]
enum Signal {
    Interrupt,
    Terminate,
    Kill,
}
