// The page behind the icon; works as a tab as well. It shows what the core sends and sends what the person asks for.

import { originPattern, readServerAddress } from "../server-address.js";
import { element, render, showError, showFailure } from "./render.js";
import { localise } from "./text.js";

const CLAUDE_AI = "https://claude.ai/";
const USAGE_CONSENT = { data_collection: ["websiteActivity"] };
const RECONNECT_AFTER_MS = 1000;

let port = null;
/** The newest view; `null` until one is known. */
let view = null;

localise(document);
connect();
paintFromStorage();
showMissingPermission();

element("pairing").addEventListener("submit", pair);
element("server").addEventListener("input", () => showError(null));
element("cancel").addEventListener("click", () => ask({ command: "cancel_pairing" }));
element("sync-now").addEventListener("click", () => ask({ command: "sync_now" }));
element("disconnect").addEventListener("click", () => questionOpen(true));
element("disconnect-keep").addEventListener("click", () => questionOpen(false));
element("disconnect-confirm").addEventListener("click", () => {
  questionOpen(false);
  ask({ command: "disconnect" });
});
element("restart").addEventListener("click", () => chrome.runtime.reload());
element("grant").addEventListener("click", grant);
element("organisation-list").addEventListener("click", chooseOrganisation);
element("usage-on").addEventListener("change", switchUsage);
element("state-action").addEventListener("click", stateAction);

/** The background may have ended; connecting starts it again. */
function connect() {
  port = chrome.runtime.connect({ name: "page" });
  port.onMessage.addListener((message) => {
    if (message.view) show(message.view);
    if (message.failure) showFailure(message.failure);
  });
  port.onDisconnect.addListener(() => setTimeout(connect, RECONNECT_AFTER_MS));
}

/** What was true last, at once; the core's own word follows. */
async function paintFromStorage() {
  const stored = await chrome.storage.local.get(["view", "failure"]);
  if (!view) show(stored.view ?? { state: "unpaired" });
  if (stored.failure) showFailure(stored.failure);
}

function show(newer) {
  const first = view === null;
  const serverBefore = view?.server;
  view = newer;
  render(view);
  if (serverBefore === view.server && !first) return;
  if (view.server) element("server").value = view.server;
  showMissingPermission();
}

function ask(command) {
  port.postMessage(command);
}

/** The permission has to be asked for in the click itself. The background waits for it and then pairs. */
async function pair(event) {
  event.preventDefault();
  const { origin, problem } = readServerAddress(element("server").value);
  showError(problem ?? null);
  if (problem) return element("server").focus();
  element("server").value = origin;
  ask({ command: "pair", server: origin, label: element("label").value.trim() });
  const granted = await chrome.permissions.request({ origins: [originPattern(origin)] }).catch(() => false);
  if (granted) return;
  ask({ command: "permission_refused" });
  showError("PERMISSION_REFUSED");
}

/** Firefox lets people take host permissions back at any time. */
async function showMissingPermission() {
  element("permission").hidden = await chrome.permissions.contains({ origins: neededOrigins() });
}

async function grant() {
  await chrome.permissions.request({ origins: neededOrigins() });
  await showMissingPermission();
  ask({ command: "sync_now" });
}

function neededOrigins() {
  return [`${CLAUDE_AI}*`, ...(view?.server ? [originPattern(view.server)] : [])];
}

/** Firefox keeps a consent of its own for what leaves the browser; it has to be asked for in the click itself. */
async function switchUsage({ target }) {
  const on = target.checked;
  const firefox = chrome.runtime.getManifest().browser_specific_settings !== undefined;
  const agreed = !on || !firefox || (await chrome.permissions.request(USAGE_CONSENT).catch(() => false));
  if (!agreed) target.checked = false;
  else ask({ command: "set_usage", on });
}

function chooseOrganisation({ target }) {
  const organisation = target.dataset.organisation;
  if (organisation) ask({ command: "choose_organisation", organisation });
}

/** What a person does at claude.ai, or else another look. */
function stateAction() {
  if (!["signed_out", "held", "tab_needed"].includes(view.state)) return ask({ command: "sync_now" });
  return chrome.tabs.create({ url: CLAUDE_AI });
}

function questionOpen(open) {
  element("disconnect-question").hidden = !open;
  element("disconnect").setAttribute("aria-expanded", String(open));
  element(open ? "disconnect-keep" : "disconnect").focus();
}
