// What a page says above everything else: the state, what is in the way, and the one thing to do about it.

import { actionOf } from "./errors.js";
import { stateOf } from "./states.js";

/**
 * @param view what the core says, with `withAccess`.
 * @param failure `{code}` when the core itself cannot go on.
 * @param problem the code of what the page found wrong by itself, e.g. with an address that was typed.
 * @returns `{name, part, tone, action, error, notice}`: the state's name, part and colour; the state's action or `null`;
 *   `{code, action}` for what is said below it, or `null`; `notice`: the same, with `endpoint`, for what is amiss with claude.ai's
 *   endpoints. At most one of the three has an action.
 */
export function summary(view, failure = null, problem = null) {
  if (failure) return stopped(failure.code);
  const { name, part, tone = "quiet", action, said } = stateOf(view);
  // What is said elsewhere is not said twice.
  const saidAlready = [said, view.notice?.code].includes(view.last_error?.code);
  const code = problem ?? (saidAlready ? null : view.last_error?.code) ?? null;
  const ofState = action === "of_error" ? actionOf(view.last_error?.code) : action;
  // What the page found wrong stands beside what has to be corrected, whatever the state.
  const ofError = code && !ofState ? actionOf(code) : null;
  const error = code ? { code, action: ofError } : null;
  return { name, part, tone, action: ofState, error, notice: noticeOf(view, Boolean(ofState ?? ofError)) };
}

function noticeOf({ notice }, hasAction) {
  return notice ? { ...notice, action: hasAction ? null : actionOf(notice.code) } : null;
}

/** Nothing of the view is true while the core does not run, so none of its parts is shown. */
function stopped(code) {
  return { name: "stopped", part: null, tone: "bad", action: null, error: { code, action: actionOf(code) }, notice: null };
}
