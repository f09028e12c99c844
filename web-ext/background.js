// The background of the extension: registers every listener in the first turn, as the browsers ask, and forwards each
// event to the one entry of the core. No decision about the sync lives here.

import init, { dispatch } from "./core/extension_core.js";
import { accessRemoved } from "./host-access.js";
import { paintMark } from "./mark.js";
import { listenToClicks, showOutside, watchFromOutside } from "./outside.js";
import { keepPairingFor, refusePairing, takeGrantedPairing } from "./pairing-intent.js";
import { presentSession, sessionChange } from "./session-cookie.js";

const CORE = "core/extension_core_bg.wasm";
const FIRST_PAGE = "welcome/welcome.html";
/** What pages and notifications keep about a pairing; the core erases its own part. */
const OF_PAIRING = ["filters", "noticed"];

/** Open pages of the extension. */
const pages = new Set();

/** Set when the core has met a defect: its memory is not to be trusted again in this life. */
let stopped = null;
let loading = null;

chrome.runtime.onInstalled.addListener(({ reason }) => {
  if (reason === "install") chrome.tabs.create({ url: chrome.runtime.getURL(FIRST_PAGE) });
  return deliver({ kind: "started" });
});
chrome.runtime.onStartup.addListener(() => deliver({ kind: "started" }));
chrome.alarms.onAlarm.addListener(() => deliver({ kind: "alarm" }));
chrome.permissions.onAdded.addListener(() => goOn());
chrome.permissions.onRemoved.addListener(() => goRest());
chrome.cookies.onChanged.addListener((change) => tellSession(sessionChange(change, Date.now())));
chrome.runtime.onConnect.addListener((port) => {
  pages.add(port);
  port.onMessage.addListener((message) => hear(message));
  port.onDisconnect.addListener(() => {
    pages.delete(port);
    return deliverPages();
  });
  return deliverPages();
});
watchFromOutside();

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
      return refusePairing();
    case "disconnect":
      await deliver({ kind: "command", command: message });
      return chrome.storage.local.remove(OF_PAIRING);
    default:
      return deliver({ kind: "command", command: message });
  }
}

/** The browser may close the popup while it asks for permission, so the pairing is begun here and not there. */
async function pairWhenGranted() {
  const command = await takeGrantedPairing();
  if (command) await deliver({ kind: "command", command });
}

/** A permission more: what waited for it goes on, and the pages and the icon show so. */
async function goOn() {
  listenToClicks();
  await pairWhenGranted();
  await deliver({ kind: "started" });
  await deliverPages();
  await showOutside();
}

/** A permission less: what needs it rests, and the icon shows so. */
async function goRest() {
  await deliver({ kind: "started" });
  await showOutside();
}

function deliverPages() {
  return deliver({ kind: "pages", ports: [...pages] });
}

async function deliver(event) {
  if (stopped) return tellPages(stopped);
  if (!endsPairing(event) && (await lacksAccess())) return rest();
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

/** Giving up a pairing works without access as well. */
function endsPairing({ kind, command }) {
  return kind === "command" && ["disconnect", "cancel_pairing"].includes(command.command);
}

/** What cannot be found out is left to the core, which has a name for it. */
async function lacksAccess() {
  try {
    const { view } = await chrome.storage.local.get("view");
    return await accessRemoved(view);
  } catch {
    return false;
  }
}

/** Without access every request would fail and look like a fault of the other side. Pages say what is missing by themselves. */
async function rest() {
  // A core that was never loaded has nothing to stop.
  await loading?.then(() => dispatch({ kind: "rest" })).catch(() => {});
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
  // The storage may be what fails.
  await Promise.allSettled([paintMark({ mark: "error", state: "stopped" }), chrome.storage.local.set({ failure })]);
}

function tellPages(failure) {
  for (const port of pages) port.postMessage({ failure });
}
