// What is seen without a page: five marks, and each notification once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MARKS, markOf, paintMark } from "../mark.js";
import { follow, remembered, tell, waiting } from "../notices.js";
import { playBrowser } from "./play-browser.mjs";

const SERVER = "http://127.0.0.1:8082";
const conflict = (at) => ({ at, what: "update", name: "brand-voice", ok: false, code: "CHANGED_ON_BOTH_SIDES" });
const on = (more) => ({ settings: { notifications: true }, ...more });

test("there are five marks, and no two look alike in text", () => {
  const texts = Object.values(MARKS).map(({ text }) => text);
  assert.equal(new Set(texts).size, 5);
});

test("a state has its mark", () => {
  const marks = { paired: "none", working: "working", signed_out: "needs_you", held: "needs_you", permission_removed: "needs_you", revoked: "needs_you", error: "error", unpaired: "unpaired" };
  for (const [state, mark] of Object.entries(marks)) assert.equal(markOf({ state }).mark, mark, state);
  assert.equal(markOf({ state: "waiting", code: "ABC123" }).mark, "needs_you");
  assert.equal(markOf({ state: "waiting", code: null }).mark, "working");
  assert.deepEqual(markOf({ state: "paired" }, { code: "CORE_PANICKED" }), { mark: "error", state: "stopped" });
  assert.equal(markOf({ state: "of_a_newer_core" }).mark, "needs_you");
});

test("the icon says in words what its mark means", async () => {
  const { painted } = playBrowser();
  await paintMark(markOf({ state: "signed_out" }));
  assert.deepEqual([painted.text, painted.title], ["!", "Skillferry: Signed out of claude.ai"]);
  const french = playBrowser({ locale: "fr" });
  await paintMark(markOf({ state: "paired" }));
  assert.deepEqual([french.painted.text, french.painted.title], ["", "Skillferry : À jour"]);
});

test("a mark that is there is not painted again", async () => {
  const { painted } = playBrowser();
  await paintMark(markOf({ state: "held" }));
  painted.text = "as it was";
  await paintMark(markOf({ state: "held" }));
  assert.equal(painted.text, "as it was");
  await paintMark(markOf({ state: "working" }));
  assert.equal(painted.text, MARKS.working.text);
});

test("only what waits for a person is told", () => {
  playBrowser();
  for (const state of ["paired", "working", "error", "unpaired", "waiting"]) assert.deepEqual(waiting({ state }), [], state);
  assert.deepEqual(waiting({ state: "signed_out" }).map(({ id }) => id), ["signed_out"]);
  assert.equal(waiting({ state: "paired", activity: [conflict(7)] })[0].title, "brand-voice");
});

test("nothing is told unless it is switched on", async () => {
  const { created } = playBrowser();
  await tell({ state: "signed_out" });
  assert.deepEqual(created, []);
});

test("the same thing is told once, also across lives and flapping", async () => {
  const { created, notifications } = playBrowser({ stored: on() });
  for (const state of ["signed_out", "signed_out", "working", "signed_out"]) await tell({ state });
  assert.deepEqual(created, ["signed_out"]);
  await tell({ state: "paired" });
  assert.equal(notifications.size, 0, "what is over is taken back");
  await tell({ state: "signed_out" });
  assert.deepEqual(created, ["signed_out", "signed_out"]);
});

test("each conflict is told once", async () => {
  const { created } = playBrowser({ stored: on() });
  await tell({ state: "paired", activity: [conflict(7)] });
  await tell({ state: "paired", activity: [conflict(9), conflict(7)] });
  assert.deepEqual(created, ["CHANGED_ON_BOTH_SIDES:7:brand-voice", "CHANGED_ON_BOTH_SIDES:9:brand-voice"]);
});

test("what is remembered does not grow", () => {
  playBrowser();
  assert.deepEqual(remembered(["CHANGED_ON_BOTH_SIDES:1:x", "held"], { state: "working" }), ["held"]);
  assert.deepEqual(remembered(["held"], { state: "paired" }), []);
});

test("without the permission nothing is told and nothing fails", async () => {
  playBrowser({ stored: on() });
  delete chrome.notifications;
  await tell({ state: "signed_out" });
});

test("a click opens the page on which it goes on", async () => {
  const { tabs } = playBrowser({ stored: { view: { state: "signed_out", server: SERVER } } });
  for (const id of ["signed_out", "revoked", "CHANGED_ON_BOTH_SIDES:7:brand-voice"]) await follow(id);
  assert.deepEqual(tabs, ["https://claude.ai/", "chrome-extension://id/popup/popup.html", SERVER]);
});
