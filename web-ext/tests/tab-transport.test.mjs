// The requests that are made inside a claude.ai tab: the vocabulary and nothing else. Run with `node --test`.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { beforeEach, test } from "node:test";
import { runInNewContext } from "node:vm";

const SCRIPT = await readFile(new URL("../tab-transport.js", import.meta.url), "utf8");
const OWN = { id: "own-extension" };
let fetched;
let listeners;
let reply;

function tab(origin = "https://claude.ai") {
  listeners = new Set();
  const onMessage = { addListener: (listener) => listeners.add(listener), removeListener: (listener) => listeners.delete(listener) };
  const fetch = async (url, options) => {
    fetched.push([url, options]);
    return reply();
  };
  const world = { chrome: { runtime: { id: OWN.id, onMessage } }, location: { origin }, fetch, URL, AbortSignal, FormData, Blob, Uint8Array, atob, btoa };
  runInNewContext(SCRIPT, world);
  return world;
}

beforeEach(() => {
  fetched = [];
  reply = () => new Response("[]", { status: 200, headers: { "content-type": "application/json", "x-secret": "1" } });
  tab();
});

const LIST = { method: "GET", path: "/api/organizations/o-1/skills/list-skills", headers: [["accept", "application/json"]], bytes: false, timeout: 5000 };

function send(message, sender = OWN) {
  return new Promise((resolve) => {
    const [listener] = listeners;
    // In plain form: what comes out of the tab belongs to another realm.
    const plain = (answer) => resolve(JSON.parse(JSON.stringify(answer)));
    if (!listener(message, sender, plain)) resolve(undefined);
  });
}

test("a call of the vocabulary is made with the session of the page", async () => {
  assert.deepEqual(await send(LIST), { status: 200, redirected: false, headers: [["content-type", "application/json"]], text: "[]" });
  const [[url, options]] = fetched;
  assert.equal(url, "https://claude.ai/api/organizations/o-1/skills/list-skills");
  assert.equal(options.credentials, "same-origin");
});

test("what is no call of the vocabulary is refused", async () => {
  const paths = [
    "/api/account", "/api/organizations/o-1/chat_conversations", "/api/organizations/o-1/skills/../../account",
    "/api/organizations/o/1/skills/list-skills", "/api/organizations/..%2f..", "https://evil.example/api/organizations",
    "//evil.example/api/organizations", "/api/organizations/o-1/skills/list-skills#x", "/api/organizations\\x", undefined,
  ];
  for (const path of paths) assert.equal(await send({ ...LIST, path }), undefined, String(path));
  assert.equal(await send({ ...LIST, method: "DELETE" }), undefined);
  assert.equal(await send({ ...LIST, method: "POST" }), undefined);
  assert.equal(await send(null), undefined);
  assert.deepEqual(fetched, []);
});

test("nobody but the background is listened to", async () => {
  assert.equal(await send(LIST, { id: "another-extension" }), undefined);
  assert.equal(await send(LIST, { ...OWN, tab: { id: 1 } }), undefined);
  tab("https://evil.example");
  assert.equal(await send(LIST), undefined);
  assert.deepEqual(fetched, []);
});

test("a bundle goes out as the form that the page would send, and a zip comes back whole", async () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 256);
  const upload = { ...LIST, method: "POST", path: "/api/organizations/o-1/skills/upload-skill?overwrite=true", headers: [] };
  await send({ ...upload, zip: { field: "file", name: "skill.zip", bytes: Buffer.from(bytes).toString("base64") } });
  const file = fetched[0][1].body.get("file");
  assert.equal(file.name, "skill.zip");
  assert.deepEqual(new Uint8Array(await file.arrayBuffer()), bytes);
  reply = () => new Response(bytes, { status: 200 });
  const answer = await send({ ...LIST, path: "/api/organizations/o-1/skills/download-dot-skill-file?skill_id=s", bytes: true });
  assert.deepEqual(new Uint8Array(Buffer.from(answer.bytes, "base64")), bytes);
});

test("no answer and a late one are told apart", async () => {
  reply = () => Promise.reject(new TypeError("no connection"));
  assert.deepEqual(await send(LIST), { failed: "unreachable" });
  reply = () => new Promise((_, reject) => fetched[0][1].signal.addEventListener("abort", reject));
  fetched = [];
  // Node does not stay for a signal's timer alone.
  const stay = setInterval(() => {}, 1000);
  assert.deepEqual(await send({ ...LIST, timeout: 20 }), { failed: "timeout" });
  clearInterval(stay);
});

test("running twice in a tab answers once", async () => {
  const world = tab();
  runInNewContext(SCRIPT, world);
  assert.equal(listeners.size, 1);
});
