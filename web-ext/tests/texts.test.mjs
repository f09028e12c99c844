// Every language says everything, and nothing is said that nobody shows.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { ACTION_OF, ACTIONS } from "../pages/errors.js";
import { KINDS } from "../pages/filters.js";
import { STATES } from "../pages/states.js";
import { messages } from "./play-browser.mjs";

const WEB_EXT = new URL("../", import.meta.url);
const LOCALES = readdirSync(new URL("_locales/", WEB_EXT));
const EN = messages("en");

test("English and two more languages are there", () => {
  assert.deepEqual([...LOCALES].sort(), ["de", "en", "fr"]);
});

for (const locale of LOCALES) {
  const texts = messages(locale);

  test(`${locale} has exactly the texts of English`, () => {
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(EN).sort());
  });

  test(`${locale} leaves no text empty, and uses each placeholder as English does`, () => {
    for (const [key, { message, placeholders }] of Object.entries(texts)) {
      assert.ok(message.trim(), key);
      assert.deepEqual(placeholders, EN[key].placeholders, key);
      assert.deepEqual(placeholdersIn(message), Object.keys(placeholders ?? {}).sort(), key);
    }
  });

  test(`${locale} names itself as the language of its dates`, () => {
    assert.deepEqual(Intl.DateTimeFormat.supportedLocalesOf(texts.language_tag.message), [locale]);
  });
}

test("what is asked for is there, and what is there is asked for", () => {
  const asked = new Set([...named(), ...familyKeys()]);
  const missing = [...asked].filter((key) => !EN[key]);
  const unused = Object.keys(EN).filter((key) => !asked.has(key));
  assert.deepEqual({ missing, unused }, { missing: [], unused: [] });
});

/** Keys that the code puts together from tables. */
function familyKeys() {
  const states = [...Object.keys(STATES), "stopped"].flatMap((state) => [`${state}_title`, `${state}_sentence`]);
  return [...states, ...KINDS.map((kind) => `activity_${kind}`), ...Object.values(ACTIONS), ...Object.keys(ACTION_OF)];
}

/** Keys that are written out: in manifests, in pages, and as the first argument of `text`. */
function named() {
  const manifests = readdirSync(new URL("../manifest/", WEB_EXT)).map((name) => readFileSync(new URL(`../manifest/${name}`, WEB_EXT), "utf8"));
  const shipped = readdirSync(WEB_EXT, { recursive: true }).filter((path) => /\.(js|html)$/.test(path) && !/^(tests|core)\//.test(path));
  const sources = shipped.map((path) => readFileSync(new URL(path, WEB_EXT), "utf8"));
  const found = [...manifests, ...sources].flatMap((source) => [
    ...[...source.matchAll(/__MSG_(\w+)__/g)].map(([, key]) => key),
    ...[...source.matchAll(/data-i18n[a-z-]*="(\w+)"/g)].map(([, key]) => key),
    ...[...source.matchAll(/\btext\(([^()]*)/g)].flatMap(([, argument]) => [...argument.split(", [")[0].matchAll(/"(\w+)"/g)].map(([, key]) => key)),
  ]);
  return new Set(found);
}

function placeholdersIn(message) {
  return [...message.matchAll(/\$(\w+)\$/g)].map(([, name]) => name.toLowerCase()).sort();
}
