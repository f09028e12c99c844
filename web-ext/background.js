// The background of the extension: registers every listener in the first turn, as the browsers ask, and forwards each
// event to the one entry of the core. No decision about the sync lives here.

import init, { dispatch } from "./core/extension_core.js";
import { presentSession, sessionChange } from "./session-cookie.js";
import { abandonPairing, keepPairingFor, takeGrantedPairing } from "./pairing-intent.js";

const CORE = "core/extension_core_bg.wasm";

/** Open pages of the extension. */
const pages = new Set();

/** Set when the core has met a defect: its memory is not to be trusted again in this life. */
let stopped = null;
let loading = null;

chrome.runtime.onInstalled.addListener(() => deliver({ kind: "started" }));
chrome.runtime.onStartup.addListener(() => deliver({ kind: "started" }));
chrome.alarms.onAlarm.addListener(() => deliver({ kind: "alarm" }));
chrome.cookies.onChanged.addListener((change) => tellSession(sessionChange(change, Date.now())));
chrome.permissions.onAdded.addListener(() => pairWhenGranted());
chrome.runtime.onConnect.addListener((port) => {
  pages.add(port);
  port.onMessage.addListener((message) => hear(message));
  port.onDisconnect.addListener(() => {
    pages.delete(port);
    return deliverPages();
  });
  return deliverPages();
});

// A defect of the core surfaces here rather than at `dispatch`, because its tasks run in turns of their own.
self.addEventListener("error", ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) fail(error);
});

/** What the core may know of the session cookie; nothing for a change that says nothing. */
async function tellSession(session) {
  if (session) await deliver({ kind: "session", ...session });
}

/** A page asks for something. Pairing waits for the permission that the page asks for in the same click. */
async function hear(message) {
  switch (message.command) {
    case "pair":
      await keepPairingFor(message);
      return pairWhenGranted();
    case "permission_refused":
      return abandonPairing();
    default:
      return deliver({ kind: "command", command: message });
  }
}

/** The browser may close the popup while it asks for permission, so the pairing is begun here and not there. */
async function pairWhenGranted() {
  const command = await takeGrantedPairing();
  if (command) await deliver({ kind: "command", command });
}

function deliverPages() {
  return deliver({ kind: "pages", ports: [...pages] });
}

async function deliver(event) {
  if (stopped) return tellPages(stopped);
  try {
    await loaded();
  } catch (error) {
    return showFailure({ code: "CORE_NOT_LOADED", message: String(error?.message ?? error) });
  }
  try {
    await dispatch(event);
  } catch (error) {
    fail(error);
  }
}

/** One initialisation for all events; one that failed is tried again with the next event. */
function loaded() {
  loading ??= load().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load() {
  const [session] = await Promise.all([presentSession(Date.now()), init({ module_or_path: chrome.runtime.getURL(CORE) })]);
  // What keeps the core from taking it keeps it from taking the next event as well, and is shown then.
  if (session) await dispatch({ kind: "session", ...session }).catch(() => {});
}

/** The core has shown and stored its failure by itself; what is left is to tell the pages that are open. */
function fail(error) {
  const failure = { code: error?.code ?? "CORE_PANICKED", message: String(error?.message ?? error) };
  if (failure.code === "CORE_PANICKED") stopped = failure;
  console.error("Skillferry:", failure.code);
  tellPages(failure);
}

/** For failures that keep the core from showing them. */
async function showFailure(failure) {
  console.error("Skillferry:", failure.code, failure.message);
  tellPages(failure);
  await Promise.allSettled([
    chrome.action.setBadgeBackgroundColor({ color: "#b91c1c" }),
    chrome.action.setBadgeText({ text: "!" }),
    chrome.storage.local.set({ failure }),
  ]);
}

function tellPages(failure) {
  for (const port of pages) port.postMessage({ failure });
}
