// Which hosts the browser lets the extension reach. People may take that back at any time; then the work rests, and pages say so.

import { ungrantedPairing } from "./pairing-intent.js";
import { neededOrigins } from "./server-address.js";

/** States of a view in which there is no pairing that a missing permission could hold up. */
const WITHOUT_PAIRING = ["unpaired", "revoked"];

/** Whether the pairing that `view` shows cannot go on, because a host that it needs is no longer allowed. */
export async function accessRemoved(view) {
  if (!view?.server || WITHOUT_PAIRING.includes(view.state)) return false;
  return !(await chrome.permissions.contains({ origins: neededOrigins(view.server) }));
}

/**
 * What a page shows of the core's `view`: the same, or one of two states of which the core knows nothing, because it rests.
 * `permission_removed`: a pairing is held up. `permission_refused`: a pairing was wanted and its server may not be reached.
 */
export async function withAccess(view) {
  if (await accessRemoved(view)) return { ...view, state: "permission_removed", last_error: null };
  const wanted = WITHOUT_PAIRING.includes(view.state) ? await ungrantedPairing() : null;
  return wanted ? { ...view, ...wanted, state: "permission_refused", last_error: null } : view;
}
