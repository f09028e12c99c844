// The options, in a tab of their own: the connection, what may be told, and facts for whoever helps.

import { withAccess } from "../host-access.js";
import { connect } from "../pages/core.js";
import { diagnostics } from "../pages/diagnostics.js";
import { offerDisconnect } from "../pages/disconnect.js";
import { element, write } from "../pages/dom.js";
import { summary } from "../pages/summary.js";
import { errorText, language, localise, text } from "../pages/text.js";
import { agreeToUsage, notificationsAllowed, switchNotifications } from "./settings.js";

const WITHOUT_PAIRING = ["unpaired", "revoked", "permission_refused"];

let view = { state: "unpaired" };
let failure = null;

localise(document);
document.title = `Skillferry: ${text("options_title")}`;
element("language").textContent = text("language_note", [new Intl.DisplayNames(language(), { type: "language" }).of(language())]);
element("notifications").addEventListener("change", toggle);
element("diagnostics-copy").addEventListener("click", copy);
chrome.permissions.onAdded.addListener(() => paint());
chrome.permissions.onRemoved.addListener(() => paint());
const ask = connect((told) => {
  if (told.view) view = told.view;
  if ("failure" in told) failure = told.failure;
  return paint();
});
offerDisconnect(ask);
element("usage-on").addEventListener("change", toggleUsage);

async function paint() {
  const shown = await withAccess(view);
  renderConnection(shown);
  renderUsage(shown);
  element("notifications").checked = await notificationsAllowed();
  await renderDiagnostics(shown);
}

function renderConnection(shown) {
  const { name, error } = summary(shown, failure);
  const paired = !WITHOUT_PAIRING.includes(shown.state);
  write("connection-state", [text(`${name}_title`), error && errorText(error.code)].filter(Boolean).join(". "));
  element("connection").hidden = !shown.server;
  write("server", shown.server ?? "");
  element("label-row").hidden = !shown.label;
  write("label", shown.label ?? "");
  write("open-panel-page", text(paired ? "open_panel_page" : "pair"));
  element("disconnect-row").hidden = !paired;
}

/** Only where the server offers it. */
function renderUsage({ usage }) {
  element("usage").hidden = typeof usage !== "boolean";
  element("usage-on").checked = usage === true;
}

async function renderDiagnostics(shown) {
  const { settings } = await chrome.storage.local.get("settings");
  const { origins = [] } = await chrome.permissions.getAll();
  write("diagnostics", diagnostics({
    view: shown,
    failure,
    manifest: chrome.runtime.getManifest(),
    browser: navigator.userAgent,
    language: chrome.i18n.getUILanguage(),
    settings,
    hosts: origins,
  }));
}

/** Exactly what stands there is copied. */
async function copy() {
  await navigator.clipboard.writeText(element("diagnostics").textContent);
  element("diagnostics-copied").textContent = text("diagnostics_copied");
}

async function toggle({ target }) {
  const on = await switchNotifications(target.checked);
  element("notifications-refused").hidden = on === target.checked;
  target.checked = on;
  await paint();
}

async function toggleUsage({ target }) {
  const on = target.checked && (await agreeToUsage());
  target.checked = on;
  ask({ command: "set_usage", on });
}
