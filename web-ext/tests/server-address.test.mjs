// What a person may type as the address of a server. Run with `node --test`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { neededOrigins, originPattern, readServerAddress } from "../server-address.js";

const READ = [
  ["http://127.0.0.1:8082", "http://127.0.0.1:8082"],
  ["  http://localhost:8082/  ", "http://localhost:8082"],
  ["http://127.0.0.1:8082/login#one-time", "http://127.0.0.1:8082"],
  ["HTTPS://Skills.Example.org", "https://skills.example.org"],
  ["https://skills.example.org:8443/dashboard?x=1", "https://skills.example.org:8443"],
  ["127.0.0.1:8082", "http://127.0.0.1:8082"],
  ["localhost", "http://localhost"],
  ["skills.example.org", "https://skills.example.org"],
  ["skills.example.org:8443", "https://skills.example.org:8443"],
];

const REFUSED = [
  ["", "ADDRESS_MISSING"],
  ["   ", "ADDRESS_MISSING"],
  ["http://", "ADDRESS_NOT_READABLE"],
  ["my server", "ADDRESS_NOT_READABLE"],
  ["http://127.0.0.1:99999", "ADDRESS_NOT_READABLE"],
  ["http://192.168.1.20:8082", "ADDRESS_NOT_ENCRYPTED"],
  ["http://127.0.0.1.example.org", "ADDRESS_NOT_ENCRYPTED"],
  ["http://localhost.example.org", "ADDRESS_NOT_ENCRYPTED"],
  ["http://0.0.0.0:8082", "ADDRESS_NOT_ENCRYPTED"],
  ["ftp://127.0.0.1", "ADDRESS_NOT_WEB"],
  ["file:///etc/hosts", "ADDRESS_NOT_READABLE"],
  ["https://me:secret@skills.example.org", "ADDRESS_WITH_PASSWORD"],
];

for (const [typed, origin] of READ) {
  test(`"${typed}" is ${origin}`, () => assert.deepEqual(readServerAddress(typed), { origin }));
}

for (const [typed, problem] of REFUSED) {
  test(`"${typed}" is refused: ${problem}`, () => assert.deepEqual(readServerAddress(typed), { problem }));
}

test("a permission names the host without its port", () => {
  assert.equal(originPattern("http://127.0.0.1:8082"), "http://127.0.0.1/*");
  assert.equal(originPattern("https://skills.example.org:8443"), "https://skills.example.org/*");
});

test("a pairing needs claude.ai and exactly the server's host", () => {
  assert.deepEqual(neededOrigins("http://127.0.0.1:8082"), ["https://claude.ai/*", "http://127.0.0.1/*"]);
  assert.deepEqual(neededOrigins(null), ["https://claude.ai/*"]);
});
