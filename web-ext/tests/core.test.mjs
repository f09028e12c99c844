// A page's way to the background, which ends whenever the browser likes.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { connect } from "../pages/core.js";
import { playBrowser } from "./play-browser.mjs";

let ports;

beforeEach(() => {
  playBrowser();
  ports = [];
  chrome.runtime.connect = () => {
    const port = { sent: [], open: true, onMessage: listeners(), onDisconnect: listeners() };
    port.postMessage = (message) => {
      if (!port.open) throw new Error("Attempting to use a disconnected port object");
      port.sent.push(message);
    };
    ports.push(port);
    return port;
  };
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

test("what is asked for right after the background has ended reaches the next one, once", () => {
  const ask = connect(() => {});
  end(ports[0]);
  ask({ command: "sync_now" });
  assert.deepEqual(ports.map(({ sent }) => sent.length), [0, 1]);
  mock.timers.tick(5000);
  assert.equal(ports.length, 2, "one connection is enough");
});

test("a page connects again by itself", () => {
  connect(() => {});
  end(ports[0]);
  mock.timers.tick(5000);
  assert.equal(ports.length, 2);
});

function end(port) {
  port.open = false;
  port.onDisconnect.call();
}

function listeners() {
  const all = [];
  return { addListener: (listener) => all.push(listener), call: () => all.forEach((listener) => listener()) };
}
