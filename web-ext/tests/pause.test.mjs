// A pause of all work, and a connector that the server holds for broken: whose it is, since when, why, and what to do about it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { MARKS, markOf } from "../mark.js";
import { waiting } from "../notices.js";
import { aboutPause } from "../pages/pause.js";
import { summary } from "../pages/summary.js";
import { playBrowser } from "./play-browser.mjs";

const PERSON = { by: "person", since: "2026-11-20T09:30:00Z", reason: "On holiday" };
const OPERATOR = { by: "operator" };

test("a pause says whose it is, and leads to where it ends", () => {
  const own = summary({ state: "paused", pause: PERSON });
  assert.deepEqual([own.name, own.action, own.tone, own.part], ["paused", "open_server", "bad", "kept"]);
  const others = summary({ state: "paused", pause: OPERATOR, last_error: { code: "READ_ONLY" } });
  assert.deepEqual([others.name, others.action, others.error], ["paused_by_operator", "open_server", null]);
});

test("since when and why is said where it is known", () => {
  playBrowser();
  assert.match(aboutPause(PERSON), /^Since .*2026.*\. Reason: On holiday$/);
  assert.equal(aboutPause({ by: "person", since: "2026-11-20T09:30:00Z" }).includes("Reason"), false);
  assert.equal(aboutPause({ by: "operator", reason: "Maintenance until noon" }), "Reason: Maintenance until noon");
  for (const nothing of [OPERATOR, null, undefined, { by: "person", since: "soon" }]) assert.equal(aboutPause(nothing), "");
});

test("the icon keeps to its five marks, and nobody is notified of what they did themselves", () => {
  for (const pause of [PERSON, OPERATOR]) {
    assert.ok(MARKS[markOf({ state: "paused", pause }).mark]);
    assert.deepEqual(waiting({ state: "paused", pause }), []);
  }
  assert.equal(markOf({ state: "paused", pause: PERSON }).mark, "needs_you");
});

test("a connector that the server holds for broken has one action", () => {
  for (const [code, action] of [["CONNECTOR_SIGNED_OUT", "sign_in"], ["CONNECTOR_ENDPOINT_CHANGED", "retry"], ["CONNECTOR_BROKEN", "open_server"]]) {
    const notice = { code, endpoint: null, since: null };
    const told = summary({ state: "paired", notice });
    assert.deepEqual([told.action, told.error, told.notice], [null, null, { ...notice, action }]);
    assert.equal(summary({ state: "paused", pause: PERSON, notice }).notice.action, null, "one action at a time");
  }
});
