// The panel: behind the icon, at the side of the window, or in a tab. It shows what the core sends and sends what the person asks for.

import { withAccess } from "../host-access.js";
import { connect } from "../pages/core.js";
import { offerDisconnect } from "../pages/disconnect.js";
import { element } from "../pages/dom.js";
import { localise } from "../pages/text.js";
import { neededOrigins, readServerAddress } from "../server-address.js";
import { watchFilters } from "./activity.js";
import { settleIn } from "./place.js";
import { render } from "./render.js";

const CLAUDE_AI = "https://claude.ai/";

/** The newest view of the core; `null` until one is known. */
let view = null;
/** What is shown of it. */
let shown = null;
/** Why the core cannot go on. */
let failure = null;
/** What is wrong with the address that was typed. */
let problem = null;
let paintings = 0;

localise(document);
settleIn();
watchFilters();
const ask = connect((told) => {
  if (told.view) view = told.view;
  if ("failure" in told) failure = told.failure;
  return paint();
});
chrome.permissions.onAdded.addListener(() => paint());
chrome.permissions.onRemoved.addListener(() => paint());
// A pairing that waits for a permission, or no longer does.
chrome.storage.session.onChanged.addListener(() => paint());

element("pairing").addEventListener("submit", pair);
element("server").addEventListener("input", () => complain(null));
element("cancel").addEventListener("click", () => ask({ command: "cancel_pairing" }));
element("sync-now").addEventListener("click", () => ask({ command: "sync_now" }));
element("open-options").addEventListener("click", () => chrome.runtime.openOptionsPage());
offerDisconnect(ask);
document.addEventListener("click", ({ target }) => {
  const action = target.closest?.("[data-action]")?.dataset.action;
  if (action) perform(action);
});
element("organisation-list").addEventListener("click", chooseOrganisation);

/** The latest painting counts, in whatever order the browser answers. */
async function paint() {
  if (!view) return;
  const mine = ++paintings;
  const next = await withAccess(view);
  if (mine !== paintings) return;
  const address = shown?.server;
  shown = next;
  render(shown, failure, problem);
  if (shown.server && shown.server !== address) element("server").value = shown.server;
}

function pair(event) {
  event.preventDefault();
  const address = readServerAddress(element("server").value);
  complain(address.problem ?? null);
  if (address.problem) return element("server").focus();
  element("server").value = address.origin;
  return askToPair(address.origin, element("label").value.trim());
}

function complain(about) {
  if (about === problem) return;
  problem = about;
  if (shown) render(shown, failure, problem);
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

function chooseOrganisation({ target }) {
  const organisation = target.dataset.organisation;
  if (organisation) ask({ command: "choose_organisation", organisation });
}

/** Carries out the one action that a state or an error offers. */
function perform(action) {
  switch (action) {
    case "allow":
      // When access was taken away, the background hears of it and goes on.
      return shown.state === "permission_refused" ? askToPair(shown.server, shown.label ?? "") : requestAccess(shown.server);
    case "correct_address":
      return element("server").focus();
    case "diagnostics":
      return chrome.runtime.openOptionsPage();
    case "open_claude":
    case "sign_in":
      return chrome.tabs.create({ url: CLAUDE_AI });
    case "open_server":
      return chrome.tabs.create({ url: shown.server });
    case "pair":
      return shown.server ? askToPair(shown.server, shown.label ?? "") : element("server").focus();
    case "restart":
      return chrome.runtime.reload();
    default:
      return ask({ command: "sync_now" });
  }
}
