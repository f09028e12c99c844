// The pairing that waits for a permission: begun once, by whoever sees the permission first. Run with `node --test`.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { keepPairingFor, refusePairing, takeGrantedPairing, ungrantedPairing } from "../pairing-intent.js";

const COMMAND = { command: "pair", server: "http://127.0.0.1:8082", label: "laptop" };
let granted;

beforeEach(() => {
  const stored = new Map();
  granted = new Set(["https://claude.ai/*"]);
  globalThis.chrome = {
    storage: {
      session: {
        get: async (key) => (stored.has(key) ? { [key]: stored.get(key) } : {}),
        set: async (items) => Object.entries(items).forEach(([key, value]) => stored.set(key, value)),
        remove: async (key) => void stored.delete(key),
      },
    },
    permissions: { contains: async ({ origins }) => origins.every((origin) => granted.has(origin)) },
  };
});

test("nothing is begun before the permission", async () => {
  await keepPairingFor(COMMAND);
  assert.equal(await takeGrantedPairing(), null);
});

test("it is begun as soon as the permission is there", async () => {
  await keepPairingFor(COMMAND);
  granted.add("http://127.0.0.1/*");
  assert.deepEqual(await takeGrantedPairing(), COMMAND);
});

test("two who look at once begin it once", async () => {
  granted.add("http://127.0.0.1/*");
  await keepPairingFor(COMMAND);
  const begun = await Promise.all([takeGrantedPairing(), takeGrantedPairing()]);
  assert.deepEqual(begun.filter(Boolean), [COMMAND]);
});

test("a permission for another host begins nothing", async () => {
  await keepPairingFor(COMMAND);
  granted.add("https://skills.example.org/*");
  assert.equal(await takeGrantedPairing(), null);
});

test("a refused permission ends it, also when the host is allowed later", async () => {
  await keepPairingFor(COMMAND);
  await refusePairing();
  granted.add("http://127.0.0.1/*");
  assert.equal(await takeGrantedPairing(), null);
});

test("a pairing needs claude.ai as well as the server", async () => {
  granted.clear();
  await keepPairingFor(COMMAND);
  granted.add("http://127.0.0.1/*");
  assert.equal(await takeGrantedPairing(), null);
});

test("what is not granted can be shown, and asking again takes a refusal back", async () => {
  assert.equal(await ungrantedPairing(), null);
  await refusePairing();
  assert.equal(await ungrantedPairing(), null, "a refusal of nothing is nothing");
  await keepPairingFor(COMMAND);
  await refusePairing();
  assert.deepEqual(await ungrantedPairing(), { server: COMMAND.server, label: COMMAND.label });
  await keepPairingFor(COMMAND);
  granted.add("http://127.0.0.1/*");
  assert.equal(await ungrantedPairing(), null);
  assert.deepEqual(await takeGrantedPairing(), COMMAND);
});

test("a failing look does not stop the next", async () => {
  await keepPairingFor(COMMAND);
  const { contains } = chrome.permissions;
  chrome.permissions.contains = async () => Promise.reject(new Error("not now"));
  await assert.rejects(takeGrantedPairing());
  chrome.permissions.contains = contains;
  granted.add("http://127.0.0.1/*");
  assert.deepEqual(await takeGrantedPairing(), COMMAND);
});
