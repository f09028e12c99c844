// Notifications: off unless a person switches them on, only for what waits for a person, and never twice for the same thing.

import { errorText, text } from "./pages/text.js";

const PANEL = "popup/popup.html";
const CLAUDE_AI = "https://claude.ai/";

/** States that wait for a person, with the page on which it goes on. */
const STATES = {
  signed_out: "claude",
  held: "claude",
  tab_needed: "claude",
  skills_switched_off: "claude",
  other_account: "panel",
  permission_removed: "panel",
  revoked: "panel",
};
/** Outcomes that wait for a person's decision. */
const OUTCOMES = { CHANGED_ON_BOTH_SIDES: "server" };
/** In these nothing of a former state is left: the next time it is a new thing. */
const SETTLED = ["paired", "unpaired"];

/** What waits for a person in a view (with `withAccess`): `{id, title, message}`. The same thing has the same id. */
export function waiting(view) {
  const ofState = STATES[view.state]
    ? [{ id: view.state, title: text(`${view.state}_title`), message: text(`${view.state}_sentence`, [view.server ?? ""]) }]
    : [];
  const outcomes = (view.activity ?? []).filter(({ code }) => OUTCOMES[code]);
  return [...ofState, ...outcomes.map(({ at, name, code }) => ({ id: `${code}:${at}:${name}`, title: name, message: errorText(code) }))];
}

/** The ids to remember after `view`: what waits now, and a former state for as long as work has not gone on for good. */
export function remembered(known, view) {
  const now = waiting(view).map(({ id }) => id);
  const former = SETTLED.includes(view.state) ? [] : known.filter((id) => STATES[id]);
  return [...new Set([...now, ...former])];
}

/** Tells the person what is new in `view`, and takes back what is over. */
export async function tell(view) {
  const { settings, noticed = [] } = await chrome.storage.local.get(["settings", "noticed"]);
  if (!settings?.notifications || !chrome.notifications) return;
  const known = remembered(noticed, view);
  if (String(known) !== String(noticed)) await chrome.storage.local.set({ noticed: known });
  const things = waiting(view);
  for (const { id, title, message } of things.filter(({ id }) => !noticed.includes(id))) {
    await chrome.notifications.create(id, { type: "basic", iconUrl: chrome.runtime.getURL("icons/icon-128.png"), title, message });
  }
  const over = noticed.filter((id) => !things.some((thing) => thing.id === id));
  await Promise.all(over.map((id) => chrome.notifications.clear(id)));
}

/** Opens the page on which what a notification told of goes on. */
export async function follow(id) {
  const { view } = await chrome.storage.local.get("view");
  const place = STATES[id] ?? OUTCOMES[id.split(":", 1)[0]] ?? "panel";
  const pages = { claude: CLAUDE_AI, server: view?.server, panel: chrome.runtime.getURL(PANEL) };
  await Promise.all([chrome.tabs.create({ url: pages[place] ?? pages.panel }), chrome.notifications.clear(id)]);
}
