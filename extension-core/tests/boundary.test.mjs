// Drives the built core from outside, as background.js does, with a browser made of maps. What is tested is the boundary:
// conversions, the order of storage and network, and what happens when the browser refuses. What the engine decides is tested natively.
//
//   SKILLFERRY_CORE=target/extension/chrome/core node --test extension-core/tests

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const CORE = resolve(process.env.SKILLFERRY_CORE ?? "target/extension/chrome/core");
const wasm = await readFile(`${CORE}/extension_core_bg.wasm`);
// Timers of the core may outlast a test, but not the run.
const { setTimeout: begin } = globalThis;
globalThis.setTimeout = (...given) => begin(...given).unref();

const PAIR = { kind: "command", command: { command: "pair", server: "http://127.0.0.1:8082", label: "laptop" } };

/** What the browser was asked for, in order: `["store", items]`, `["fetch", request]`. */
let log;
let stored;
let refuse;
let lives = 0;

beforeEach(() => {
  log = [];
  stored = {};
  refuse = { get: false, set: false };
  const refusing = (what, act) => async (...given) => (refuse[what] ? Promise.reject(new Error("refused")) : act(...given));
  const done = async () => {};
  globalThis.chrome = {
    storage: {
      local: {
        get: refusing("get", (key) => (log.push(["load", key]), Object.fromEntries([key].flat().filter((one) => one in stored).map((one) => [one, stored[one]])))),
        set: refusing("set", (items) => {
          log.push(["store", items]);
          Object.assign(stored, JSON.parse(JSON.stringify(items)));
        }),
      },
    },
    alarms: { create: done, clear: async () => true },
    runtime: { getPlatformInfo: async () => ({}) },
  };
  globalThis.fetch = async (request) => {
    log.push(["fetch", request]);
    return new Promise(() => {});
  };
});

/** A new life of the background: fresh memory, the same storage. */
async function life() {
  lives += 1;
  const core = await import(`${pathToFileURL(CORE)}/extension_core.js?life=${lives}`);
  await core.default({ module_or_path: wasm });
  return core;
}

function page() {
  const posted = [];
  return { posted, postMessage: (message) => posted.push(message) };
}

const all = (kind) => log.filter(([what]) => what === kind).map(([, value]) => value);

test("the version is the package's", async () => {
  assert.match((await life()).version(), /^\d+\.\d+\.\d+$/);
});

test("what is no event is refused with a code", async () => {
  const { dispatch } = await life();
  for (const event of [undefined, null, 7, {}, { kind: "tea" }, { kind: "session" }, { kind: "session", present: "yes", changed: true }, { kind: "command", command: { command: "brew" } }, { kind: "command", command: { command: "choose_organisation" } }]) {
    await assert.rejects(dispatch(event), { code: "EVENT_NOT_UNDERSTOOD" });
  }
});

test("many events at once restore the engine once", async () => {
  const { dispatch } = await life();
  await Promise.all(["started", "alarm", "started", "alarm"].map((kind) => dispatch({ kind })));
  assert.equal(all("load").length, 1);
});

test("storage that is not handed out is a failure with a code, and the next event tries again", async () => {
  const { dispatch } = await life();
  refuse.get = true;
  await assert.rejects(dispatch({ kind: "alarm" }), { code: "STORAGE_NOT_READ" });
  refuse.get = false;
  await dispatch({ kind: "alarm" });
});

test("a page gets the view as soon as it opens", async () => {
  const { dispatch } = await life();
  const open = page();
  await dispatch({ kind: "pages", ports: [open] });
  assert.equal(open.posted[0].view.state, "unpaired");
});

test("pairing stores its intent, then asks the server without cookies", async () => {
  const { dispatch } = await life();
  await dispatch(PAIR);
  const first = log.findIndex(([what]) => what === "fetch");
  assert.ok(first > 0, "a request was started");
  const before = log.slice(0, first).filter(([what]) => what === "store");
  assert.ok(JSON.stringify(before).includes("http://127.0.0.1:8082"), "the server's address was stored before");
  const request = log[first][1];
  assert.equal(new URL(request.url).origin, "http://127.0.0.1:8082");
  assert.equal(request.credentials, "omit");
  assert.equal(request.redirect, "error");
});

test("nothing is sent that could not be stored, and the next event begins from what is stored", async () => {
  const { dispatch } = await life();
  await dispatch({ kind: "started" });
  refuse.set = true;
  const open = page();
  await dispatch({ kind: "pages", ports: [open] }).catch(() => {});
  log.length = 0;
  await assert.rejects(dispatch(PAIR), { code: "STORAGE_NOT_WRITTEN" });
  assert.deepEqual(all("fetch"), []);
  assert.equal(open.posted.at(-1).failure.code, "STORAGE_NOT_WRITTEN");
  refuse.set = false;
  await dispatch({ kind: "alarm" });
  await dispatch({ kind: "pages", ports: [open] });
  assert.equal(open.posted.at(-1).view.state, "unpaired");
});

test("an intent survives the end of the background", async () => {
  await (await life()).dispatch(PAIR);
  log.length = 0;
  await (await life()).dispatch({ kind: "started" });
  assert.ok(all("fetch").length > 0, "the new life goes on with the pairing");
});

test("a core at rest sends nothing, and the next event begins from what is stored", async () => {
  const { dispatch } = await life();
  await dispatch(PAIR);
  await dispatch({ kind: "rest" });
  const sent = all("fetch").length;
  assert.ok(sent > 0);
  assert.ok(all("fetch").every((request) => request.signal.aborted), "what was under way is broken off");
  await dispatch({ kind: "rest" });
  await new Promise((resolve) => begin(resolve, 50));
  assert.equal(all("fetch").length, sent, "nothing more was sent");
  const loads = all("load").length;
  await dispatch({ kind: "started" });
  assert.equal(all("load").length, loads + 1);
});

test("a rest while the storage is being read leaves no engine behind", async () => {
  const { dispatch } = await life();
  const pairing = dispatch(PAIR);
  await dispatch({ kind: "rest" });
  const next = dispatch(PAIR);
  await pairing;
  assert.deepEqual(all("fetch"), [], "the first is dropped with its life");
  await next;
  assert.equal(all("fetch").length, 1, "what comes after the rest has an engine of its own");
});

test("a rest in the middle of a write keeps the request behind it from being sent", async () => {
  const { dispatch } = await life();
  await dispatch({ kind: "started" });
  const { set } = chrome.storage.local;
  let release;
  const written = new Promise((resolve) => (release = resolve));
  const writing = new Promise((resolve) => {
    chrome.storage.local.set = async (items) => (resolve(), await written, set(items));
  });
  const pairing = dispatch(PAIR);
  await writing;
  await dispatch({ kind: "rest" });
  release();
  await pairing;
  assert.deepEqual(all("fetch"), []);
  await dispatch({ kind: "started" });
  assert.ok(all("fetch").length > 0, "the next life goes on with the pairing");
});

test("a session that changes while nothing is paired asks nobody", async () => {
  const { dispatch } = await life();
  await dispatch({ kind: "session", present: true, changed: true });
  assert.deepEqual(all("fetch"), []);
});

test("what is stored and posted is plain data", async () => {
  const { dispatch } = await life();
  const open = page();
  await dispatch({ kind: "pages", ports: [open] });
  await dispatch(PAIR);
  for (const value of [...all("store"), ...open.posted]) assert.deepEqual(JSON.parse(JSON.stringify(value)), structuredClone(value));
});
