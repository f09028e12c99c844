// What counts as the address of a companion server. Plain http stays on this machine; everything else is encrypted.

const LOOPBACK = ["127.0.0.1", "localhost"];
const CLAUDE_AI = "https://claude.ai/*";

/**
 * Reads what a person typed. A path is dropped, because people paste addresses of pages.
 * @returns {{origin: string} | {problem: string}} `http://127.0.0.1:8082`, or a key of `_locales`.
 */
export function readServerAddress(typed) {
  const text = typed.trim();
  if (!text) return { problem: "ADDRESS_MISSING" };
  const address = parse(withScheme(text));
  if (!address?.hostname) return { problem: "ADDRESS_NOT_READABLE" };
  if (address.username || address.password) return { problem: "ADDRESS_WITH_PASSWORD" };
  if (address.protocol === "https:") return { origin: address.origin };
  if (address.protocol !== "http:") return { problem: "ADDRESS_NOT_WEB" };
  if (!LOOPBACK.includes(address.hostname)) return { problem: "ADDRESS_NOT_ENCRYPTED" };
  return { origin: address.origin };
}

/** The permission for one host. Without the port: Firefox ignores patterns that have one. */
export function originPattern(origin) {
  const { protocol, hostname } = new URL(origin);
  return `${protocol}//${hostname}/*`;
}

/** The permissions that a pairing with the server at `origin` needs: without one, claude.ai alone. */
export function neededOrigins(origin) {
  return [CLAUDE_AI, ...(origin ? [originPattern(origin)] : [])];
}

function withScheme(text) {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text;
  const host = text.split(/[:/?#]/, 1)[0];
  return `${LOOPBACK.includes(host) ? "http" : "https"}://${text}`;
}

function parse(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
