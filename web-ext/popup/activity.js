// The list of what was done, with its filters. The filters are stored, so that they are as they were in the next window.

import { element, part } from "../pages/dom.js";
import { ACTIONS, actionOf } from "../pages/errors.js";
import { EVERYTHING, filtered, readFilters } from "../pages/filters.js";
import { errorText, moment, number, text } from "../pages/text.js";

const KEY = "filters";

let filters = EVERYTHING;
let activity = [];

/** Wires the filters and shows what is stored of them. */
export function watchFilters() {
  element("activity-show").addEventListener("change", ({ target }) => choose({ show: target.value }));
  element("activity-search").addEventListener("input", ({ target }) => choose({ search: target.value }));
  element("activity-everything").addEventListener("click", () => {
    choose(EVERYTHING);
    element("activity-show").focus();
  });
  chrome.storage.local.get(KEY).then(({ [KEY]: stored }) => take(readFilters(stored)));
}

/** Shows what `view` holds of the activity. */
export function renderActivity(view) {
  activity = view.activity ?? [];
  paint();
}

/** An entry about one skill. With an error code it carries the one action that helps. */
export function entry({ at, name, code, what }) {
  const item = document.createElement("li");
  item.classList.toggle("bad", Boolean(code));
  item.append(part("span", "name", name));
  if (at) item.append(time(at));
  item.append(part("span", "what", code ? errorText(code) : what));
  if (code) item.append(remedy(code, name));
  return item;
}

function time(at) {
  const time = part("time", "at", moment(at));
  time.dateTime = new Date(at).toISOString();
  return time;
}

function remedy(code, name) {
  const button = part("button", "remedy", text(ACTIONS[actionOf(code)]));
  button.type = "button";
  button.dataset.action = actionOf(code);
  // Several of them say the same; out of its context each has to say what it is about.
  button.setAttribute("aria-label", `${button.textContent}: ${name}`);
  return button;
}

function choose(some) {
  take({ ...filters, ...some });
  chrome.storage.local.set({ [KEY]: filters });
}

function take(wanted) {
  filters = wanted;
  element("activity-show").value = filters.show;
  if (element("activity-search").value !== filters.search) element("activity-search").value = filters.search;
  paint();
}

function paint() {
  const shown = filtered(activity, filters);
  element("activity").replaceChildren(...shown.map(outcome));
  element("filters").hidden = activity.length === 0;
  element("activity-none").hidden = activity.length > 0;
  element("activity-no-match").hidden = activity.length === 0 || shown.length > 0;
  const narrowed = filters.show !== EVERYTHING.show || filters.search !== EVERYTHING.search;
  element("activity-count").textContent = narrowed ? text("activity_count", [number(shown.length), number(activity.length)]) : "";
}

function outcome({ at, what, name, ok, code }) {
  return entry({ at, name, code: ok ? null : (code ?? "UNKNOWN"), what: text(`activity_${what}`, [], what) });
}
