// A page's way to the background: what is stored is shown at once, what changes follows, and what a person asks for is sent.

const RECONNECT_AFTER_MS = 1000;

/**
 * Connects this page.
 * @param hear takes `{view}`, `{failure}` or both; `failure` is `null` once the core works again.
 * @returns a function that sends a command to the background.
 */
export function connect(hear) {
  let port = null;
  const open = () => {
    // The background may have ended; connecting starts it again.
    const opened = chrome.runtime.connect({ name: "page" });
    port = opened;
    opened.onMessage.addListener(hear);
    opened.onDisconnect.addListener(() => {
      if (port === opened) port = null;
      setTimeout(() => port ?? open(), RECONNECT_AFTER_MS);
    });
  };
  listen(hear);
  open();
  return (command) => {
    // What a person asks for does not wait for the next attempt, and is not lost with the former one.
    if (!port) open();
    port.postMessage(command);
  };
}

/** Shows what is stored and every change of it, without starting the background. */
export function listen(hear) {
  let newer = false;
  chrome.storage.onChanged.addListener((changes, area) => {
    const told = area === "local" ? news(changes) : {};
    newer ||= "view" in told;
    if (Object.keys(told).length) hear(told);
  });
  chrome.storage.local.get(["view", "failure"]).then(({ view, failure }) => {
    hear({ ...(newer ? {} : { view: view ?? { state: "unpaired" } }), failure: failure ?? null });
  });
}

function news({ view, failure }) {
  return { ...(view?.newValue && { view: view.newValue }), ...(failure && { failure: failure.newValue ?? null }) };
}
