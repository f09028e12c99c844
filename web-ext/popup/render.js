// Shows a view, one function a section.

import { element, link, part, write } from "../pages/dom.js";
import { ACTIONS } from "../pages/errors.js";
import { aboutPause } from "../pages/pause.js";
import { summary } from "../pages/summary.js";
import { countdown, errorText, moment, number, text } from "../pages/text.js";
import { entry, renderActivity } from "./activity.js";

const PARTS = { pairing: "pairing", approval: "approval", kept: "pairing-kept" };

let ticking = null;

/** Paints everything that a view holds; `failure` and `problem` as in `summary`. */
export function render(view, failure, problem) {
  const told = summary(view, failure, problem);
  renderState(told, view);
  renderError(told);
  renderNotice(told);
  showPart(told.part);
  renderApproval(view);
  renderPairing(view);
  renderAttention(view);
  renderActivity(view);
}

function renderState({ name, part, tone, action }, { state, server, label, moves_to, pause }) {
  const box = element("state");
  box.dataset.state = name === "stopped" ? "error" : state;
  box.dataset.tone = tone;
  write("state-title", text(`${name}_title`));
  const about = name === "moving" ? moves_to || text("organisation_nameless") : (server ?? "");
  write("state-sentence", text(`${name}_sentence`, [about]));
  write("state-detail", aboutPause(pause));
  // The form below has its own button for that.
  const offered = action === "pair" && part === "pairing" ? null : action;
  offer("state-action", offered);
  element("browser-label").textContent = state === "unpaired" ? "" : (label ?? "");
}

function renderError({ error, part }) {
  element("error").hidden = !error;
  element("error").dataset.code = error?.code ?? "";
  write("error-sentence", error ? errorText(error.code) : "");
  // What is done in the form needs no second button.
  const inForm = part === "pairing" && ["correct_address", "pair"].includes(error?.action);
  const offered = inForm ? null : error?.action;
  offer("error-action", offered);
  element("server").setAttribute("aria-invalid", String(error?.action === "correct_address"));
}

/** What is amiss with claude.ai's endpoints. */
function renderNotice({ notice }) {
  element("notice").hidden = !notice;
  element("notice").dataset.code = notice?.code ?? "";
  write("notice-sentence", notice ? errorText(notice.code) : "");
  write("notice-code", [notice?.code, notice?.endpoint].filter(Boolean).join(" · "));
  offer("notice-action", notice?.action);
}

/** Puts an action on a button, or hides the button when there is none. */
function offer(id, action) {
  element(id).hidden = !action;
  element(id).dataset.action = action ?? "";
  write(id, action ? text(ACTIONS[action]) : "");
}

function showPart(wanted) {
  for (const [name, id] of Object.entries(PARTS)) element(id).hidden = name !== wanted;
}

function renderApproval({ code, redemption_url, expires_at }) {
  element("code").textContent = code ?? "";
  for (const id of ["code", "code-caption", "expiry"]) element(id).hidden = !code;
  link(element("approve"), redemption_url);
  clearInterval(ticking);
  if (!expires_at) return;
  const tick = () => {
    const left = expires_at - Date.now();
    element("expiry").textContent = left > 0 ? text("expires_in", [countdown(left)]) : text("expired");
  };
  tick();
  ticking = setInterval(tick, 1000);
}

function renderPairing(view) {
  link(element("server-link"), view.server);
  element("server-link").textContent = view.server ?? "";
  element("pending").textContent = number(view.pending ?? 0);
  element("done").textContent = number(view.done ?? 0);
  element("last-sync").textContent = view.last_sync ? moment(view.last_sync) : text("never");
  renderOrganisations(view.organisations ?? []);
}

/** Skills and plugins that only one side has, and why. */
function renderAttention({ not_copied = [], removed_there = [], former_plugins = [] }) {
  const refused = not_copied.map(({ name, code }) => entry({ name, code }));
  const gone = removed_there.map((name) => entry({ name, what: text("activity_removed_there") }));
  const former = former_plugins.map((name) => entry({ name, what: text("former_plugin") }));
  const entries = [...refused, ...gone, ...former];
  element("attention-list").replaceChildren(...entries);
  element("attention").hidden = !entries.length;
}

/** The organisations of the account, when there is a choice; the chosen one is marked. */
function renderOrganisations(organisations) {
  element("organisations").hidden = organisations.length === 0;
  element("organisation-list").replaceChildren(...organisations.map(organisationItem));
}

function organisationItem({ id, name, chosen }) {
  const button = part("button", "organisation", name || text("organisation_nameless"));
  button.type = "button";
  button.dataset.organisation = id;
  button.setAttribute("aria-pressed", String(chosen));
  const item = document.createElement("li");
  item.append(button);
  return item;
}
