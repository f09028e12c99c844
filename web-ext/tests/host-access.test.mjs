// What a page shows while a host may not be reached. Run with `node --test`.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { accessRemoved, withAccess } from "../host-access.js";

const SERVER = "http://127.0.0.1:8082";
const BOTH = ["https://claude.ai/*", "http://127.0.0.1/*"];
let allowed;
let intent;

beforeEach(() => {
  allowed = new Set(BOTH);
  intent = null;
  globalThis.chrome = {
    storage: { session: { get: async (key) => (intent ? { [key]: intent } : {}) } },
    permissions: { contains: async ({ origins }) => origins.every((origin) => allowed.has(origin)) },
  };
});

const view = (state, more = {}) => ({ state, server: SERVER, label: "laptop", last_error: { code: "SERVER_UNREACHABLE" }, ...more });

test("with access a view is shown as it is", async () => {
  for (const state of ["unpaired", "waiting", "paired", "working", "signed_out", "revoked"]) {
    assert.deepEqual(await withAccess(view(state)), view(state));
  }
});

for (const origin of BOTH) {
  test(`without ${origin} a pairing is held up, and no other fault is named`, async () => {
    allowed.delete(origin);
    for (const state of ["waiting", "paired", "working", "error", "held"]) {
      assert.equal(await accessRemoved(view(state)), true);
      assert.deepEqual(await withAccess(view(state)), view("permission_removed", { last_error: null }));
    }
  });
}

test("where nothing is paired nothing is held up", async () => {
  allowed.clear();
  assert.equal(await accessRemoved(undefined), false);
  assert.deepEqual(await withAccess({ state: "unpaired" }), { state: "unpaired" });
  assert.deepEqual(await withAccess(view("revoked")), view("revoked"));
});

test("a server that the browser was not allowed to reach is named until it is", async () => {
  allowed.delete("http://127.0.0.1/*");
  intent = { command: "pair", server: SERVER, label: "desk", refused: true };
  const shown = await withAccess({ state: "unpaired" });
  assert.deepEqual(shown, { state: "permission_refused", server: SERVER, label: "desk", last_error: null });
  allowed.add("http://127.0.0.1/*");
  assert.deepEqual(await withAccess({ state: "unpaired" }), { state: "unpaired" });
});

test("a wish for another server does not hide a pairing that works", async () => {
  intent = { command: "pair", server: "https://skills.example.org", label: "" };
  assert.equal((await withAccess(view("paired"))).state, "paired");
});
