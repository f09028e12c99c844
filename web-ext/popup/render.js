// Shows a view. Text goes in as text, never as markup; addresses are checked before they become links.

import { countdown, errorText, moment, text } from "./text.js";

/** Which part of the page belongs to a state; every state that is not listed shows the kept pairing. */
const PART = { unpaired: "pairing", revoked: "pairing", permission_refused: "pairing", waiting: "approval" };
/** What a state's own sentence says already is not said twice. */
const SAID_BY_STATE = { signed_out: "SIGNED_OUT", held: "CHALLENGE", revoked: "TOKEN_REVOKED", other_account: "OTHER_ACCOUNT", tab_needed: "TAB_NEEDED", skills_switched_off: "SKILLS_SWITCHED_OFF" };
const PARTS = ["pairing", "approval", "pairing-kept"];

let ticking = null;
/** The error of the last view: the same one again leaves alone what the page itself has said since. */
let lastError = null;

export function element(id) {
  return document.getElementById(id);
}

/** Paints everything that a view holds. */
export function render(view) {
  renderState(view);
  showPart(PART[view.state] ?? "pairing-kept");
  renderApproval(view);
  renderPairing(view);
  renderError(view);
  renderNotice(view);
}

/** Shows the sentence for an error code, or none. */
export function showError(code) {
  const box = element("error");
  box.hidden = !code;
  box.dataset.code = code ?? "";
  element("error-sentence").textContent = code ? errorText(code) : "";
  element("restart").hidden = true;
  element("server").setAttribute("aria-invalid", String(Boolean(code?.startsWith("ADDRESS_"))));
}

/** Shows why the core itself cannot go on. */
export function showFailure(failure) {
  element("state").dataset.state = "error";
  element("state-title").textContent = text("error_title");
  element("state-sentence").textContent = "";
  element("state-action").hidden = true;
  showError(failure.code);
  element("restart").hidden = false;
}

function renderError({ state, last_error }) {
  const code = last_error?.code ?? null;
  const failureShown = !element("restart").hidden;
  if (code !== lastError || failureShown) showError(code);
  if (code === SAID_BY_STATE[state]) element("error").hidden = true;
  lastError = code;
}

/** What is amiss with claude.ai's endpoints. A state that says so already has the one action. */
function renderNotice({ state, notice }) {
  const box = element("notice");
  box.hidden = !notice;
  box.dataset.code = notice?.code ?? "";
  element("notice-sentence").textContent = notice ? errorText(notice.code) : "";
  element("notice-code").textContent = [notice?.code, notice?.endpoint].filter(Boolean).join(" · ");
  element("notice-action").hidden = state === "error";
  if (notice && notice.code === lastError) element("error").hidden = true;
}

function renderState({ state, server, label, code }) {
  const words = state === "waiting" && !code ? "asking" : state;
  element("state").dataset.state = state;
  element("state-title").textContent = text(`${words}_title`);
  element("state-sentence").textContent = text(`${words}_sentence`, [server ?? ""]);
  const action = text(`${state}_action`);
  element("state-action").textContent = action;
  element("state-action").hidden = !action;
  element("browser-label").textContent = state === "unpaired" ? "" : (label ?? "");
}

function showPart(wanted) {
  for (const id of PARTS) element(id).hidden = id !== wanted;
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
  element("pending").textContent = String(view.pending ?? 0);
  element("done").textContent = String(view.done ?? 0);
  element("last-sync").textContent = view.last_sync ? moment(view.last_sync) : text("never");
  renderAttention(view);
  renderOrganisations(view.organisations ?? []);
  element("usage").hidden = typeof view.usage !== "boolean";
  element("usage-on").checked = view.usage === true;
  element("activity").replaceChildren(...(view.activity ?? []).map(activityItem));
  element("activity-none").hidden = Boolean(view.activity?.length);
}

/** Skills that only one side has, and why. */
function renderAttention({ not_copied = [], removed_there = [] }) {
  const refused = not_copied.map(({ name, code }) => attentionItem(name, errorText(code)));
  const gone = removed_there.map((name) => attentionItem(name, text("activity_removed_there")));
  element("attention-list").replaceChildren(...refused, ...gone);
  element("attention").hidden = !refused.length && !gone.length;
}

function attentionItem(name, reason) {
  const item = document.createElement("li");
  item.append(part("span", "name", name), part("span", "what", reason));
  return item;
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

function activityItem({ at, what, name, ok, code }) {
  const item = document.createElement("li");
  item.classList.toggle("bad", !ok);
  const outcome = ok ? text(`activity_${what}`, [], what) : errorText(code);
  item.append(part("span", "name", name), part("time", "at", moment(at)), part("span", "what", outcome));
  item.querySelector("time").dateTime = new Date(at).toISOString();
  return item;
}

function part(tag, className, content) {
  const part = document.createElement(tag);
  part.className = className;
  part.textContent = content;
  return part;
}

/** Sets the address of a link if it is a web address; a link without one is hidden. */
function link(anchor, address) {
  anchor.hidden = !/^https?:\/\//i.test(address ?? "");
  if (anchor.hidden) anchor.removeAttribute("href");
  else anchor.href = address;
}
