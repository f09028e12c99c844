// Every code that the core or a page can show has a sentence in every language and exactly one action.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { ACTION_OF, ACTIONS, actionOf } from "../pages/errors.js";
import { STATES } from "../pages/states.js";
import { summary } from "../pages/summary.js";
import { messages } from "./play-browser.mjs";

const source = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const found = (path, pattern) => [...source(path).matchAll(pattern)].map(([, code]) => code);

const OF_ENGINE = found("extension-core/engine/src/error.rs", /= "([A-Z_]+)", "/g);
const OF_CORE = found("extension-core/src/failure.rs", /=> "([A-Z_]+)"/g);
const OF_PAGES = found("web-ext/server-address.js", /problem: "([A-Z_]+)"/g);
const OF_SHIM = found("web-ext/background.js", /code: "([A-Z_]+)"/g);
const CODES = [...new Set([...OF_ENGINE, ...OF_CORE, ...OF_PAGES, ...OF_SHIM])];

test("the codes are found", () => {
  for (const list of [OF_ENGINE, OF_CORE, OF_PAGES, OF_SHIM]) assert.ok(list.length);
  assert.ok(CODES.includes("SIGNED_OUT") && CODES.includes("CORE_PANICKED") && CODES.includes("CORE_NOT_LOADED") && CODES.includes("ADDRESS_MISSING"));
});

test("each code has one action, and no action is for a code that is gone", () => {
  assert.deepEqual(Object.keys(ACTION_OF).sort(), CODES.sort());
  for (const [code, action] of Object.entries(ACTION_OF)) assert.ok(ACTIONS[action], `${code}: ${action}`);
});

for (const locale of ["en", "de", "fr"]) {
  test(`each code has a sentence in ${locale}`, () => {
    const texts = messages(locale);
    for (const code of CODES) assert.match(texts[code]?.message ?? "", /^\S.*[.!]$/, code);
  });
}

test("what is in the way is shown with exactly one action", () => {
  for (const code of OF_ENGINE) {
    for (const state of ["unpaired", "paired", "working", "error"]) {
      const { action, error } = summary({ state, last_error: { code } });
      assert.deepEqual([action, error.action].filter(Boolean), [actionOf(code)], `${code} while ${state}`);
    }
  }
  for (const code of OF_CORE) {
    const { action, error } = summary({ state: "paired" }, { code });
    assert.deepEqual([action, error], [null, { code, action: actionOf(code) }]);
  }
});

test("a code that nobody knows is tried again", () => {
  assert.equal(summary({ state: "error", last_error: { code: "NEW_ONE" } }).action, "retry");
});

test("each state of the engine is known, and its action has words", () => {
  const [, body] = source("extension-core/engine/src/view.rs").match(/enum ViewState \{([^}]*)\}/);
  const names = [...body.matchAll(/^\s+([A-Z]\w+),/gm)].map(([, name]) => name.replace(/(?<!^)([A-Z])/g, "_$1").toLowerCase());
  assert.ok(names.length > 7);
  for (const name of names) assert.ok(STATES[name], name);
  for (const { action } of Object.values(STATES)) assert.ok(action === null || action === "of_error" || ACTIONS[action], action);
});

test("what a state says itself is not said twice", () => {
  const { action, error } = summary({ state: "signed_out", last_error: { code: "SIGNED_OUT" } });
  assert.deepEqual([action, error], ["sign_in", null]);
  const other = summary({ state: "signed_out", last_error: { code: "SERVER_BUSY" } });
  assert.deepEqual([other.action, other.error], ["sign_in", { code: "SERVER_BUSY", action: null }]);
});

test("what is amiss with an endpoint is said once, and adds no second action", () => {
  const notice = { code: "ENDPOINT_CHANGED", endpoint: "skills_list", since: 1 };
  const held = summary({ state: "error", last_error: { code: notice.code }, notice });
  assert.deepEqual([held.action, held.error, held.notice], ["retry", null, { ...notice, action: null }]);
  const noted = summary({ state: "paired", last_error: null, notice: { ...notice, code: "ENDPOINT_DIFFERS" } });
  assert.deepEqual([noted.action, noted.error, noted.notice.action], [null, null, "diagnostics"]);
});

test("an address that cannot be used is said before what the core says", () => {
  const view = { state: "unpaired", last_error: { code: "PAIRING_EXPIRED" } };
  assert.deepEqual(summary(view, null, "ADDRESS_MISSING").error, { code: "ADDRESS_MISSING", action: "correct_address" });
});
