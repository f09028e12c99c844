// Runs inside an open claude.ai tab, and only when the browser attaches the session nowhere else: it makes the requests there that the
// background would make itself. Whatever is no request of the vocabulary below is refused.

(() => {
  const ORIGIN = "https://claude.ai";

  /** Every call that may be made, as in the core's catalogue; a value in braces never holds a slash. */
  const CALLS = [
    "GET /api/organizations",
    "GET /api/bootstrap",
    "GET /api/organizations/{org}/skills/list-skills",
    "GET /api/organizations/{org}/skills",
    "POST /api/organizations/{org}/skills/upload-skill",
    "POST /api/organizations/{org}/skills/delete-skill",
    "GET /api/organizations/{org}/skills/download-dot-skill-file",
    "GET /api/organizations/{org}/skills/{id}/download",
    "GET /api/organizations/{org}/marketplaces/list-account-marketplaces",
    "POST /api/organizations/{org}/marketplaces/create-account-marketplace",
    "GET /api/organizations/{org}/marketplaces/{id}/plugins/account-list-plugins",
    "POST /api/organizations/{org}/marketplaces/{id}/plugins/account-upload",
    "PUT /api/organizations/{org}/plugins/{id}/enabled",
    "GET /api/organizations/{org}/chat_conversations/{id}",
  ];
  const ALLOWED = CALLS.map((call) => new RegExp(`^${call.replace(/\{\w+\}/g, "[^/?#]+").replaceAll(".", "\\.")}(\\?[^#]*)?$`));
  const SEEN_HEADERS = ["content-type", "retry-after", "cf-mitigated", "etag", "date", "skillferry-paused"];

  // After an update of the extension this runs once more in the same tab.
  if (globalThis.skillferryAnswers) chrome.runtime.onMessage.removeListener(globalThis.skillferryAnswers);
  globalThis.skillferryAnswers = (message, sender, reply) => {
    if (!isAllowed(message, sender)) return false;
    perform(message).then(reply, () => reply({ failed: "unreachable" }));
    return true;
  };
  chrome.runtime.onMessage.addListener(globalThis.skillferryAnswers);

  /** From the background of this extension, for this site, and in the vocabulary. */
  function isAllowed(message, sender) {
    const own = sender.id === chrome.runtime.id && !sender.tab;
    const call = `${message?.method} ${message?.path}`;
    // What the browser would resolve to another path is no call of ours, however it is written.
    const plain = location.origin === ORIGIN && new URL(message?.path ?? "", ORIGIN).href === `${ORIGIN}${message?.path}`;
    return own && plain && ALLOWED.some((allowed) => allowed.test(call));
  }

  async function perform({ method, path, headers, json, zip, bytes, timeout }) {
    const signal = AbortSignal.timeout(timeout);
    try {
      const body = json ?? (zip ? form(zip) : undefined);
      const options = { method, headers, body, signal, credentials: "same-origin", cache: "no-store", redirect: "follow" };
      return await read(await fetch(`${ORIGIN}${path}`, options), bytes);
    } catch {
      return { failed: signal.aborted ? "timeout" : "unreachable" };
    }
  }

  async function read(response, bytes) {
    const { status, redirected } = response;
    const seen = SEEN_HEADERS.filter((name) => response.headers.has(name)).map((name) => [name, response.headers.get(name)]);
    const answer = { status, redirected, headers: seen };
    if (bytes && response.ok) return { ...answer, bytes: encoded(new Uint8Array(await response.arrayBuffer())) };
    return { ...answer, text: await response.text() };
  }

  function form({ field, name, bytes }) {
    const form = new FormData();
    const content = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
    form.append(field, new Blob([content], { type: "application/zip" }), name);
    return form;
  }

  /** Messages between parts of an extension are JSON in Chromium, so bytes travel as base64. */
  function encoded(bytes) {
    const PART = 0x8000;
    let letters = "";
    for (let at = 0; at < bytes.length; at += PART) letters += String.fromCharCode(...bytes.subarray(at, at + PART));
    return btoa(letters);
  }
})();
