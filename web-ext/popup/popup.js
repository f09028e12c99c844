// The page behind the icon; works as a tab as well. It shows what the core sends and sends what the person asks for.

import { withAccess } from "../host-access.js";
import { neededOrigins, readServerAddress } from "../server-address.js";
import { element, render, showError, showFailure } from "./render.js";
import { localise } from "./text.js";

const CLAUDE_AI = "https://claude.ai/";
const USAGE_CONSENT = { data_collection: ["websiteActivity"] };
const RECONNECT_AFTER_MS = 1000;

let port = null;
/** The newest view of the core; `null` until one is known. */
let view = null;
/** What is shown of it. */
let shown = null;
let paintings = 0;

localise(document);
connect();
paintFromStorage();
chrome.permissions.onAdded.addListener(() => paint());
chrome.permissions.onRemoved.addListener(() => paint());
// A pairing that waits for a permission, or no longer does.
chrome.storage.session.onChanged.addListener(() => paint());

element("pairing").addEventListener("submit", pair);
element("server").addEventListener("input", () => showError(null));
element("cancel").addEventListener("click", () => ask({ command: "cancel_pairing" }));
element("sync-now").addEventListener("click", () => ask({ command: "sync_now" }));
element("notice-action").addEventListener("click", () => ask({ command: "sync_now" }));
element("disconnect").addEventListener("click", () => questionOpen(true));
element("disconnect-keep").addEventListener("click", () => questionOpen(false));
element("disconnect-confirm").addEventListener("click", () => {
  questionOpen(false);
  ask({ command: "disconnect" });
});
element("restart").addEventListener("click", () => chrome.runtime.reload());
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
  view = newer;
  return paint();
}

/** The latest painting counts, in whatever order the browser answers. */
async function paint() {
  if (!view) return;
  const mine = ++paintings;
  const next = await withAccess(view);
  if (mine !== paintings) return;
  const address = shown?.server;
  shown = next;
  render(shown);
  if (shown.server && shown.server !== address) element("server").value = shown.server;
}

function ask(command) {
  port.postMessage(command);
}

function pair(event) {
  event.preventDefault();
  const { origin, problem } = readServerAddress(element("server").value);
  showError(problem ?? null);
  if (problem) return element("server").focus();
  element("server").value = origin;
  return askToPair(origin, element("label").value.trim());
}

/** The background waits for the permission and then pairs; it stays when the browser closes the popup for its question. */
async function askToPair(server, label) {
  ask({ command: "pair", server, label });
  if (!(await requestAccess(server))) ask({ command: "permission_refused" });
}

/** Has to be called in the click itself. Of what is allowed already the browser does not ask. */
function requestAccess(server) {
  return chrome.permissions.request({ origins: neededOrigins(server) }).catch(() => false);
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
  switch (shown.state) {
    case "signed_out":
    case "held":
    case "tab_needed":
      return chrome.tabs.create({ url: CLAUDE_AI });
    case "permission_refused":
      return askToPair(shown.server, shown.label ?? "");
    case "permission_removed":
      // The background hears of it and goes on.
      return requestAccess(shown.server);
    default:
      return ask({ command: "sync_now" });
  }
}

function questionOpen(open) {
  element("disconnect-question").hidden = !open;
  element("disconnect").setAttribute("aria-expanded", String(open));
  element(open ? "disconnect-keep" : "disconnect").focus();
}
