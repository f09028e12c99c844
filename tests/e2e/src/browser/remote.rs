//! One table of WebDriver commands for both browsers: ChromeDriver takes them over HTTP, Firefox over Marionette.

use std::sync::Mutex;

use marionette::Marionette;
use serde_json::{Value, json};

use crate::Step;

/// A connection to a running browser.
#[derive(Debug)]
pub enum Remote {
    /// A session of ChromeDriver at this address.
    Http(reqwest::Client, String),
    /// Firefox itself.
    Marionette(Mutex<Marionette>),
}

/// A command of the WebDriver standard in the words of both drivers. `{…}` in a path is a parameter of that name.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    marionette: &'static str,
    method: Method,
    path: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum Method {
    Get,
    Post,
    Delete,
}

use Method::{Delete, Get, Post};

pub const NAVIGATE: Command = Command::new("WebDriver:Navigate", Post, "url");
pub const NEW_WINDOW: Command = Command::new("WebDriver:NewWindow", Post, "window/new");
pub const SWITCH_WINDOW: Command = Command::new("WebDriver:SwitchToWindow", Post, "window");
pub const CLOSE_WINDOW: Command = Command::new("WebDriver:CloseWindow", Delete, "window");
pub const THIS_WINDOW: Command = Command::new("WebDriver:GetWindowHandle", Get, "window");
pub const WINDOW_SIZE: Command = Command::new("WebDriver:SetWindowRect", Post, "window/rect");
pub const FIND_ELEMENTS: Command = Command::new("WebDriver:FindElements", Post, "elements");
pub const IS_DISPLAYED: Command = Command::new("WebDriver:IsElementDisplayed", Get, "element/{id}/displayed");
pub const CLICK: Command = Command::new("WebDriver:ElementClick", Post, "element/{id}/click");
pub const CLEAR: Command = Command::new("WebDriver:ElementClear", Post, "element/{id}/clear");
pub const TYPE: Command = Command::new("WebDriver:ElementSendKeys", Post, "element/{id}/value");
pub const TEXT: Command = Command::new("WebDriver:GetElementText", Get, "element/{id}/text");
pub const ATTRIBUTE: Command = Command::new("WebDriver:GetElementAttribute", Get, "element/{id}/attribute/{name}");
pub const RUN: Command = Command::new("WebDriver:ExecuteAsyncScript", Post, "execute/async");
pub const ACTIONS: Command = Command::new("WebDriver:PerformActions", Post, "actions");
pub const ACCEPT: Command = Command::new("WebDriver:AcceptAlert", Post, "alert/accept");
pub const SCREENSHOT: Command = Command::new("WebDriver:TakeScreenshot", Get, "screenshot");

impl Command {
    const fn new(marionette: &'static str, method: Method, path: &'static str) -> Self {
        Self { marionette, method, path }
    }

    fn address(self, session: &str, parameters: &Value) -> String {
        let mut path = self.path.to_owned();
        for name in ["id", "name"] {
            path = path.replace(&format!("{{{name}}}"), parameters[name].as_str().unwrap_or_default());
        }
        format!("{session}/{path}")
    }
}

impl Remote {
    /// Performs a command; its result without any wrapping.
    ///
    /// # Errors
    ///
    /// The browser is gone, or it refuses.
    pub async fn call(&self, command: Command, parameters: Value) -> Step<Value> {
        match self {
            Self::Marionette(_) => self.marionette(command.marionette, &parameters),
            Self::Http(http, session) => {
                let address = command.address(session, &parameters);
                let request = match command.method {
                    Get => http.get(address),
                    Delete => http.delete(address),
                    Post => http.post(address).json(&parameters),
                };
                value_of(request.send().await?.json().await?)
            }
        }
    }

    /// A command of Chromium's own developer tools.
    ///
    /// # Errors
    ///
    /// The browser is no Chromium, is gone, or refuses.
    pub async fn developer_tools(&self, name: &str, parameters: Value) -> Step<Value> {
        let Self::Http(http, session) = self else { return Err("only Chromium has these developer tools".into()) };
        let body = json!({ "cmd": name, "params": parameters });
        value_of(http.post(format!("{session}/goog/cdp/execute")).json(&body).send().await?.json().await?)
    }

    /// A script with the rights of Firefox itself; its promise is waited for.
    ///
    /// # Errors
    ///
    /// The browser is no Firefox, is gone, or the script throws.
    pub fn privileged(&self, script: &str, arguments: Value) -> Step<Value> {
        self.marionette("Marionette:SetContext", &json!({ "value": "chrome" }))?;
        let body = format!("return (async (...args) => {{ {script} }})(...arguments);");
        let result = self.marionette("WebDriver:ExecuteScript", &json!({ "script": body, "args": arguments }));
        self.marionette("Marionette:SetContext", &json!({ "value": "content" }))?;
        result
    }

    /// Waits on the socket in place: the other tasks of a runtime with several threads go on elsewhere.
    fn marionette(&self, name: &str, parameters: &Value) -> Step<Value> {
        let Self::Marionette(firefox) = self else { return Err("only Firefox speaks Marionette".into()) };
        tokio::task::block_in_place(|| {
            let mut firefox = firefox.lock().map_err(|_| "an earlier command to Firefox panicked")?;
            Ok(firefox.call(name, parameters)?)
        })
    }
}

/// The `value` of an answer over HTTP, which is also where a refusal lies.
///
/// # Errors
///
/// The driver's own words when it refused.
pub fn value_of(mut answer: Value) -> Step<Value> {
    match answer["value"]["error"].as_str() {
        Some(error) => {
            Err(format!("{error}: {}", answer["value"]["message"].as_str().unwrap_or_default().trim()).into())
        }
        None => Ok(answer["value"].take()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_find_their_place_in_the_address() {
        let address = ATTRIBUTE.address("http://127.0.0.1:9/session/s", &json!({ "id": "e7", "name": "href" }));
        assert_eq!(address, "http://127.0.0.1:9/session/s/element/e7/attribute/href");
    }

    #[test]
    fn a_refusal_is_no_value() {
        let refusal = json!({ "value": { "error": "no such element", "message": "gone\n" } });
        assert_eq!(value_of(refusal).expect_err("a refusal").to_string(), "no such element: gone");
        assert_eq!(value_of(json!({ "value": null })).expect("nothing"), Value::Null);
        assert_eq!(value_of(json!({ "value": [1] })).expect("a list"), json!([1]));
    }
}
