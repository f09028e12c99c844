// Keeps "pair with this server" while the browser asks the person for permission to reach it. In session storage, for the
// question may outlast both the popup and the background.

import { originPattern } from "./server-address.js";

const KEY = "pairing_intent";

/** Looks at the intent one at a time, so that a permission and a message that meet do not pair twice. */
let turn = Promise.resolve();

/** Remembers the command `{command: "pair", server, label}`; the latest one counts. */
export function keepPairingFor({ command, server, label }) {
  return chrome.storage.session.set({ [KEY]: { command, server, label } });
}

export function abandonPairing() {
  return chrome.storage.session.remove(KEY);
}

/** The remembered command, once, as soon as its server may be reached; else `null`. */
export function takeGrantedPairing() {
  turn = turn.then(take, take);
  return turn;
}

async function take() {
  const { [KEY]: command } = await chrome.storage.session.get(KEY);
  if (!command) return null;
  const granted = await chrome.permissions.contains({ origins: [originPattern(command.server)] });
  if (!granted) return null;
  await abandonPairing();
  return command;
}
