// What pages work out by themselves: filters and the text of the diagnostics.

import assert from "node:assert/strict";
import { test } from "node:test";

import { diagnostics } from "../pages/diagnostics.js";
import { CHOICES, EVERYTHING, filtered, KINDS, readFilters } from "../pages/filters.js";

const ACTIVITY = [
  { at: 5, what: "upload", name: "brand-voice", ok: true, code: null },
  { at: 4, what: "update", name: "Release-Notes", ok: false, code: "REMOTE_REFUSED" },
  { at: 3, what: "fetch_one", name: "meeting-notes", ok: true, code: null },
  { at: 2, what: "delete", name: "old", ok: true, code: null },
  { at: 1, what: "of_a_newer_server", name: "new", ok: true, code: null },
];
const names = (filters) => filtered(ACTIVITY, { ...EVERYTHING, ...filters }).map(({ name }) => name);

test("each choice shows its own", () => {
  assert.equal(names({}).length, ACTIVITY.length);
  assert.deepEqual(names({ show: "problems" }), ["Release-Notes"]);
  assert.deepEqual(names({ show: "to_claude" }), ["brand-voice", "Release-Notes"]);
  assert.deepEqual(names({ show: "from_claude" }), ["meeting-notes"]);
  assert.deepEqual(names({ show: "removed" }), ["old"]);
  assert.deepEqual(names({ show: "plugins" }), []);
});

test("every known kind is under one of the choices", () => {
  for (const what of KINDS) {
    const under = CHOICES.filter((show) => filtered([{ what, name: "x", ok: true }], { show, search: "" }).length);
    assert.equal(under.length, 2, `${what}: ${under}`);
  }
});

test("search looks for part of a name in any case, within the choice", () => {
  assert.deepEqual(names({ search: " NOTES " }), ["Release-Notes", "meeting-notes"]);
  assert.deepEqual(names({ search: "notes", show: "from_claude" }), ["meeting-notes"]);
});

test("what was stored by another version shows everything rather than nothing", () => {
  for (const stored of [undefined, null, 7, { show: "of_a_newer_version" }, { search: 7 }]) {
    assert.deepEqual(readFilters(stored), EVERYTHING);
  }
  assert.deepEqual(readFilters({ show: "problems", search: "x" }), { show: "problems", search: "x" });
});

const FACTS = {
  view: {
    state: "error",
    server: "https://skills.secret.example",
    label: "my-secret-laptop",
    code: "ABCDEF",
    redemption_url: "https://skills.secret.example/pair?code=ABCDEF",
    pending: 2,
    done: 40,
    last_sync: Date.UTC(2026, 10, 21, 9, 30),
    last_error: { code: "REMOTE_UNAVAILABLE" },
    pause: { by: "person", since: "2026-11-20T09:30:00Z", reason: "my secret reason" },
    notice: { code: "ENDPOINT_DIFFERS", endpoint: "skills_list", since: null },
    not_copied: [{ name: "secret-skill", code: "IMPORT_TOO_LARGE" }, { name: "secret-too", code: "IMPORT_TOO_LARGE" }],
    removed_there: ["secret-gone"],
    former_plugins: ["secret-plugin"],
    activity: [{ at: Date.UTC(2026, 10, 21, 9, 30), what: "update", name: "secret-skill", ok: false, code: "REMOTE_REFUSED" }],
  },
  failure: null,
  manifest: { version: "0.1.0" },
  browser: "Firefox/153.0",
  language: "de",
  settings: { notifications: true },
  hosts: ["https://claude.ai/*", "https://skills.secret.example/*"],
};

test("diagnostics say what helps", () => {
  const text = diagnostics(FACTS);
  for (const fact of ["Skillferry 0.1.0", "Firefox/153.0", "State: error", "Last error: REMOTE_UNAVAILABLE", "Endpoints: ENDPOINT_DIFFERS skills_list", "Server: https, elsewhere", "Access: claude.ai, elsewhere", "2 under way, 40 done", "Not copied: 2 IMPORT_TOO_LARGE", "Plugins of unknown origin: 1", "2026-11-21T09:30:00.000Z update REMOTE_REFUSED", "Notifications: on"]) {
    assert.ok(text.includes(fact), `${fact} in\n${text}`);
  }
});

test("diagnostics name no skill, no server, no browser and no code", () => {
  assert.doesNotMatch(diagnostics(FACTS), /secret|ABCDEF/);
});

test("diagnostics of a fresh installation", () => {
  const text = diagnostics({ ...FACTS, view: { state: "unpaired" }, settings: undefined, hosts: [], failure: { code: "CORE_NOT_LOADED" } });
  for (const fact of ["Core: CORE_NOT_LOADED", "Server: none", "Access: none", "Not copied: 0", "  none", "Notifications: off"]) assert.ok(text.includes(fact), fact);
});
