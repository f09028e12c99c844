// The session cookie of claude.ai, as far as it may be looked at: whether there is one. Its value is dropped here and goes nowhere.

const CLAUDE_AI = "https://claude.ai/";
const HOST = "claude.ai";

/** What the session cookie may be called; which one it is at present is not known for sure. */
const NAMES = ["sessionKey", "__Secure-sessionKey", "claude_session"];

/** The browser's own store. Containers and private windows have others, and their sessions are none of ours. */
const OWN_STORES = ["0", "firefox-default"];

/**
 * What a change of a cookie says about the session: `{present, changed: true}`, or `null` for one that says nothing.
 * `now` in milliseconds.
 */
export function sessionChange({ cookie, removed, cause }, now) {
  // Every change of a cookie begins with the removal of the old one, which is no sign-out.
  if (cause === "overwrite" || !isSession(cookie)) return null;
  return { present: !removed && isInForce(cookie, now), changed: true };
}

/** What is there now: `{present, changed: false}`, or `null` when the browser does not hand out cookies. */
export async function presentSession(now) {
  try {
    const found = await Promise.all(NAMES.map((name) => chrome.cookies.get({ url: CLAUDE_AI, name })));
    return { present: found.some((cookie) => cookie && isSession(cookie) && isInForce(cookie, now)), changed: false };
  } catch {
    // Hardened browsers keep cookies apart by the site that is open, and refuse the question.
    return null;
  }
}

function isSession({ domain, name, storeId, partitionKey, firstPartyDomain }) {
  const own = domain.replace(/^\./, "") === HOST && OWN_STORES.includes(storeId);
  return own && NAMES.includes(name) && !partitionKey?.topLevelSite && !firstPartyDomain;
}

function isInForce({ session, expirationDate }, now) {
  return session || expirationDate === undefined || expirationDate * 1000 > now;
}
