// Which changes of a cookie say something about the session. Run with `node --test`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { presentSession, sessionChange } from "../session-cookie.js";

const NOW = 1_800_000_000_000;
const SECRET = "sk-ant-sid01-a-secret";
const cookie = (over = {}) => ({
  domain: ".claude.ai",
  name: "sessionKey",
  value: SECRET,
  storeId: "0",
  session: false,
  expirationDate: NOW / 1000 + 60,
  ...over,
});
const change = (over = {}, cookieOver = {}) => ({ removed: false, cause: "explicit", cookie: cookie(cookieOver), ...over });

test("a cookie that is set is a session", () => {
  assert.deepEqual(sessionChange(change(), NOW), { present: true, changed: true });
  assert.deepEqual(sessionChange(change({}, { session: true, expirationDate: undefined }), NOW), { present: true, changed: true });
  assert.deepEqual(sessionChange(change({}, { domain: "claude.ai", storeId: "firefox-default" }), NOW).present, true);
});

test("a cookie that goes or has expired is none", () => {
  for (const cause of ["explicit", "expired", "expired_overwrite", "evicted"]) {
    assert.deepEqual(sessionChange(change({ removed: true, cause }), NOW), { present: false, changed: true }, cause);
  }
  assert.equal(sessionChange(change({}, { expirationDate: NOW / 1000 - 1 }), NOW).present, false);
});

test("what says nothing about our session is ignored", () => {
  const table = [
    change({ removed: true, cause: "overwrite" }),
    change({}, { name: "lastActiveOrg" }),
    change({}, { domain: "evil.example" }),
    change({}, { domain: "sub.claude.ai" }),
    change({}, { storeId: "firefox-container-1" }),
    change({}, { storeId: "firefox-private" }),
    change({}, { storeId: "1" }),
    change({}, { partitionKey: { topLevelSite: "https://other.example" } }),
    change({}, { firstPartyDomain: "other.example" }),
  ];
  for (const ignored of table) assert.equal(sessionChange(ignored, NOW), null, JSON.stringify(ignored));
  assert.notEqual(sessionChange(change({}, { partitionKey: {}, firstPartyDomain: "" }), NOW), null);
});

test("the value goes nowhere", () => {
  assert.ok(!JSON.stringify(sessionChange(change(), NOW)).includes(SECRET));
});

test("what is there now is found under each name, and a refusal is no answer", async () => {
  const jar = new Map();
  globalThis.chrome = { cookies: { get: async ({ name }) => jar.get(name) ?? null } };
  assert.deepEqual(await presentSession(NOW), { present: false, changed: false });
  jar.set("__Secure-sessionKey", cookie({ name: "__Secure-sessionKey" }));
  assert.deepEqual(await presentSession(NOW), { present: true, changed: false });
  jar.set("__Secure-sessionKey", cookie({ name: "__Secure-sessionKey", expirationDate: NOW / 1000 }));
  assert.deepEqual(await presentSession(NOW), { present: false, changed: false });
  chrome.cookies.get = async () => Promise.reject(new Error("firstPartyDomain is required"));
  assert.equal(await presentSession(NOW), null);
});
