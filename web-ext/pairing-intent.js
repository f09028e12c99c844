// Keeps "pair with this server" while the browser asks the person for permission to reach it. In session storage, for the
// question may outlast both the popup and the background.

import { neededOrigins } from "./server-address.js";

const KEY = "pairing_intent";

/** Looks at the intent one at a time, so that a permission and a message that meet do not pair twice. */
let turn = Promise.resolve();

/** Remembers the command `{command: "pair", server, label}`; the latest one counts. */
export function keepPairingFor({ command, server, label }) {
  return chrome.storage.session.set({ [KEY]: { command, server, label } });
}

/** The person said no: it is not begun, even if the host is allowed later; pages can still offer to ask again. */
export async function refusePairing() {
  const kept = await read();
  if (kept) await chrome.storage.session.set({ [KEY]: { ...kept, refused: true } });
}

/** The remembered command, once, as soon as its server may be reached; else `null`. */
export function takeGrantedPairing() {
  turn = turn.then(take, take);
  return turn;
}

/** The `{server, label}` that the person wanted and the browser does not allow; `null` when there is none. */
export async function ungrantedPairing() {
  const kept = await read();
  if (!kept || (await granted(kept))) return null;
  return { server: kept.server, label: kept.label };
}

async function take() {
  const kept = await read();
  if (!kept || kept.refused || !(await granted(kept))) return null;
  await chrome.storage.session.remove(KEY);
  const { command, server, label } = kept;
  return { command, server, label };
}

async function read() {
  const { [KEY]: kept } = await chrome.storage.session.get(KEY);
  return kept ?? null;
}

function granted({ server }) {
  return chrome.permissions.contains({ origins: neededOrigins(server) });
}
