//! Firefox's remote control: frames of `LENGTH:JSON`, `[0, id, name, parameters]` there and `[1, id, error, result]` back.
//!
//! Spoken directly, so that nobody has to install a driver between a program and Firefox. Who started Firefox with
//! `-marionette` and `marionette.port` = 0 finds the port in [`PORT_FILE`] of its profile.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

/// The file of a profile in which a running Firefox says where it listens.
pub const PORT_FILE: &str = "MarionetteActivePort";

const PATIENCE: Duration = Duration::from_secs(60);
/// No answer that we ask for comes near this; a longer one is not Firefox speaking.
const LONGEST: usize = 64 * 1024 * 1024;

/// Why a command has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody listens, or the connection broke, or no answer came within a minute.
    #[error("Firefox cannot be heard: {0}")]
    Silent(#[from] std::io::Error),
    /// What answers is not Marionette.
    #[error("Firefox spoke another language than Marionette")]
    OtherLanguage,
    /// Firefox understood and would not.
    #[error("Firefox refused {command}: {code}: {message}")]
    Refused {
        /// The command's name.
        command: String,
        /// The standard's name for the reason, e.g. `no such element`.
        code: String,
        /// Firefox's own words.
        message: String,
    },
}

/// A connection to a running Firefox.
#[derive(Debug)]
pub struct Marionette<S = TcpStream> {
    stream: BufReader<S>,
    last_id: u64,
}

impl Marionette {
    /// Connects to a port of the loopback address and takes the greeting.
    ///
    /// # Errors
    ///
    /// [`Error::Silent`] or [`Error::OtherLanguage`].
    pub fn connect(port: u16) -> Result<Self, Error> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // Without it the kernel holds each small command back for a while.
        stream.set_nodelay(true)?;
        let mut marionette = Self { stream: BufReader::new(stream), last_id: 0 };
        marionette.receive()?;
        Ok(marionette)
    }
}

impl<S: Read + Write> Marionette<S> {
    /// Sends one command and gives back its result. Some results are bare and some lie in a member `value`; here all are bare.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; after [`Error::Refused`] the connection is as good as before.
    pub fn call(&mut self, name: &str, parameters: &Value) -> Result<Value, Error> {
        self.last_id += 1;
        let text = json!([0, self.last_id, name, parameters]).to_string();
        let frame = format!("{}:{text}", text.len());
        self.stream.get_mut().write_all(frame.as_bytes())?;
        let answer = self.receive()?;
        match answer[2]["message"].as_str() {
            Some(message) => Err(Error::Refused {
                command: name.to_owned(),
                code: answer[2]["error"].as_str().unwrap_or_default().to_owned(),
                message: message.to_owned(),
            }),
            None => Ok(bare(answer[3].clone())),
        }
    }

    fn receive(&mut self) -> Result<Value, Error> {
        let mut length = 0usize;
        loop {
            let mut byte = [0];
            self.stream.read_exact(&mut byte)?;
            match byte[0] {
                b':' => break,
                digit @ b'0'..=b'9' if length < LONGEST => length = length * 10 + usize::from(digit - b'0'),
                _ => return Err(Error::OtherLanguage),
            }
        }
        let mut text = vec![0; length];
        self.stream.read_exact(&mut text)?;
        serde_json::from_slice(&text).map_err(|_| Error::OtherLanguage)
    }
}

fn bare(result: Value) -> Value {
    match result {
        Value::Object(mut members) if members.len() == 1 && members.contains_key("value") => {
            members.remove("value").unwrap_or_default()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Result};

    struct Play {
        answers: Cursor<Vec<u8>>,
        heard: Vec<u8>,
    }

    impl Read for Play {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            self.answers.read(buffer)
        }
    }

    impl Write for Play {
        fn write(&mut self, bytes: &[u8]) -> Result<usize> {
            self.heard.write(bytes)
        }
        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }

    fn saying(bytes: Vec<u8>) -> Marionette<Play> {
        Marionette { stream: BufReader::new(Play { answers: Cursor::new(bytes), heard: Vec::new() }), last_id: 0 }
    }

    fn play(answer: &str) -> Marionette<Play> {
        saying(format!("{}:{answer}", answer.len()).into_bytes())
    }

    #[test]
    fn a_command_gets_its_result() {
        let mut firefox = play(r#"[1,1,null,{"value":"id@x"}]"#);
        assert_eq!(firefox.call("Addon:Install", &json!({"path": "/x"})).expect("a result"), json!("id@x"));
        assert_eq!(firefox.stream.get_ref().heard, br#"35:[0,1,"Addon:Install",{"path":"/x"}]"#.to_vec());
    }

    #[test]
    fn a_result_of_several_members_stays_whole() {
        let mut firefox = play(r#"[1,1,null,{"handle":"7","type":"tab"}]"#);
        assert_eq!(firefox.call("x", &json!({})).expect("a result"), json!({"handle": "7", "type": "tab"}));
    }

    #[test]
    fn a_refusal_is_a_sentence() {
        let refusal =
            play(r#"[1,1,{"error":"unknown error","message":"not signed"},null]"#).call("Addon:Install", &json!({}));
        assert!(
            refusal.is_err_and(|error| error.to_string() == "Firefox refused Addon:Install: unknown error: not signed")
        );
    }

    #[test]
    fn another_language_is_noticed() {
        let answer = saying(b"HTTP/1.1".to_vec()).call("x", &json!({}));
        assert!(matches!(answer, Err(Error::OtherLanguage)));
    }

    #[test]
    fn a_broken_connection_is_noticed() {
        assert!(matches!(saying(b"12:[1".to_vec()).call("x", &json!({})), Err(Error::Silent(_))));
    }
}
