// A play browser for tests: just the parts of `chrome` that pages and the background touch, all in memory.

import { readFileSync } from "node:fs";

/** A fresh one as `globalThis.chrome`. `granted`: permissions and origins; `notifications` and `painted` say what was shown. */
export function playBrowser({ stored = {}, session = {}, granted = ["https://claude.ai/*"], locale = "en" } = {}) {
  const allowed = new Set(granted);
  const texts = messages(locale);
  const shown = { notifications: new Map(), created: [], painted: {}, tabs: [] };
  const kept = async (key, value) => void (shown.painted[key] = value);
  globalThis.chrome = {
    storage: { local: area(stored), session: area(session), onChanged: { addListener() {} } },
    permissions: { contains: async ({ origins = [], permissions = [] }) => [...origins, ...permissions].every((one) => allowed.has(one)) },
    i18n: { getMessage: (key, values = []) => said(texts[key], values) },
    runtime: { getURL: (path) => `chrome-extension://id/${path}` },
    tabs: { create: async ({ url }) => void shown.tabs.push(url) },
    action: {
      setBadgeText: ({ text }) => kept("text", text),
      setBadgeBackgroundColor: ({ color }) => kept("color", color),
      setBadgeTextColor: () => kept("white", true),
      setTitle: ({ title }) => kept("title", title),
    },
    notifications: {
      create: async (id, options) => (shown.created.push(id), void shown.notifications.set(id, options)),
      clear: async (id) => shown.notifications.delete(id),
    },
  };
  return { ...shown, stored, allowed };
}

/** The messages of one of our languages. */
export function messages(locale) {
  return JSON.parse(readFileSync(new URL(`../_locales/${locale}/messages.json`, import.meta.url), "utf8"));
}

function area(items) {
  return {
    get: async (keys) => Object.fromEntries([keys].flat().filter((key) => key in items).map((key) => [key, structuredClone(items[key])])),
    set: async (more) => void Object.assign(items, structuredClone(more)),
    remove: async (keys) => [keys].flat().forEach((key) => delete items[key]),
  };
}

/** As the browsers fill in placeholders. */
function said(entry, values) {
  if (!entry) return "";
  return entry.message.replace(/\$(\w+)\$/g, (_, name) => values[Number(entry.placeholders[name.toLowerCase()].content.slice(1)) - 1]);
}
