//! Firefox's remote control: frames of `LENGTH:JSON`, `[0, id, name, parameters]` there and `[1, id, error, result]` back.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::failure::{Context, Failure, Outcome};

const PATIENCE: Duration = Duration::from_secs(60);
/// No answer that we ask for comes near this; a longer one is not Firefox speaking.
const LONGEST: usize = 16 * 1024 * 1024;

/// A connection to a running Firefox.
#[derive(Debug)]
pub struct Marionette<S = TcpStream> {
    stream: BufReader<S>,
    last_id: u64,
}

impl Marionette {
    /// Connects and takes the greeting.
    pub fn connect(port: u16) -> Outcome<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).cannot(|| "reach Firefox".to_owned())?;
        stream.set_read_timeout(Some(PATIENCE)).cannot(|| "limit the wait for Firefox".to_owned())?;
        let mut marionette = Self { stream: BufReader::new(stream), last_id: 0 };
        marionette.receive()?;
        Ok(marionette)
    }
}

impl<S: Read + Write> Marionette<S> {
    /// Sends one command and gives back its result.
    pub fn call(&mut self, name: &str, parameters: &Value) -> Outcome<Value> {
        self.last_id += 1;
        let text = json!([0, self.last_id, name, parameters]).to_string();
        let frame = format!("{}:{text}", text.len());
        self.stream.get_mut().write_all(frame.as_bytes()).cannot(|| format!("send {name} to Firefox"))?;
        let answer = self.receive()?;
        match answer[2]["message"].as_str() {
            Some(message) => Err(Failure::new(format!("Firefox refused {name}: {message}"))),
            None => Ok(answer[3].clone()),
        }
    }

    fn receive(&mut self) -> Outcome<Value> {
        let mut length = 0usize;
        loop {
            let mut byte = [0];
            self.stream.read_exact(&mut byte).cannot(|| "hear Firefox".to_owned())?;
            match byte[0] {
                b':' => break,
                digit @ b'0'..=b'9' if length < LONGEST => length = length * 10 + usize::from(digit - b'0'),
                _ => return Err(Failure::new("Firefox spoke another language than Marionette")),
            }
        }
        let mut text = vec![0; length];
        self.stream.read_exact(&mut text).cannot(|| "hear Firefox".to_owned())?;
        serde_json::from_slice(&text).cannot(|| "understand Firefox".to_owned())
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

    fn play(answer: &str) -> Marionette<Play> {
        let answers = Cursor::new(format!("{}:{answer}", answer.len()).into_bytes());
        Marionette { stream: BufReader::new(Play { answers, heard: Vec::new() }), last_id: 0 }
    }

    #[test]
    fn a_command_gets_its_result() {
        let mut firefox = play(r#"[1,1,null,{"value":"id@x"}]"#);
        assert_eq!(firefox.call("Addon:Install", &json!({"path": "/x"})).expect("a result"), json!({"value": "id@x"}));
        assert_eq!(firefox.stream.get_ref().heard, br#"35:[0,1,"Addon:Install",{"path":"/x"}]"#.to_vec());
    }

    #[test]
    fn a_refusal_is_a_sentence() {
        let refusal = play(r#"[1,1,{"error":"e","message":"not signed"},null]"#).call("Addon:Install", &json!({}));
        assert!(refusal.is_err_and(|failure| failure.to_string().contains("not signed")));
    }

    #[test]
    fn another_language_is_noticed() {
        let mut other = Marionette {
            stream: BufReader::new(Play { answers: Cursor::new(b"HTTP/1.1".to_vec()), heard: Vec::new() }),
            last_id: 0,
        };
        assert!(other.call("x", &json!({})).is_err());
    }
}
