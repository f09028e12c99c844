// Every state that a view can be in: how the icon marks it, and what a person can do about it. The words of a state are the
// texts `STATE_title` and `STATE_sentence` of `_locales`.

/**
 * `mark`: one of the five marks of the icon (`mark.js`). `action`: the one thing that a person does about it; `null` where there is
 * nothing to do; `of_error`: what helps depends on the error. `said`: the error code that the state's own sentence says already.
 * `part`: which part of the panel it shows, `kept` unless it says another. `tone`: its colour, if it has one.
 */
export const STATES = {
  unpaired: { mark: "unpaired", action: null, part: "pairing" },
  permission_refused: { mark: "unpaired", action: "allow", part: "pairing", tone: "attention" },
  waiting: { mark: "needs_you", action: null, part: "approval", tone: "busy" },
  moving: { mark: "needs_you", action: null, part: "approval", tone: "busy" },
  asking: { mark: "working", action: null, part: "approval", tone: "busy" },
  paired: { mark: "none", action: null, tone: "good" },
  working: { mark: "working", action: null, tone: "busy" },
  paused: { mark: "needs_you", action: "open_server", said: "PAUSED", tone: "bad" },
  paused_by_operator: { mark: "error", action: "open_server", said: "READ_ONLY", tone: "bad" },
  signed_out: { mark: "needs_you", action: "sign_in", said: "SIGNED_OUT", tone: "attention" },
  held: { mark: "needs_you", action: "open_claude", said: "CHALLENGE", tone: "attention" },
  other_account: { mark: "needs_you", action: "retry", said: "OTHER_ACCOUNT", tone: "attention" },
  tab_needed: { mark: "needs_you", action: "open_claude", said: "TAB_NEEDED", tone: "attention" },
  skills_switched_off: { mark: "needs_you", action: "retry", said: "SKILLS_SWITCHED_OFF", tone: "attention" },
  permission_removed: { mark: "needs_you", action: "allow", tone: "attention" },
  error: { mark: "error", action: "of_error", tone: "bad" },
  revoked: { mark: "needs_you", action: "pair", said: "TOKEN_REVOKED", part: "pairing", tone: "bad" },
};

/** What is known of the state of `view`. The engine does not tell the kinds of a pairing that waits apart, nor whose pause it is; people see them. */
export function stateOf({ state, code, moves_to, pause }) {
  const name = nameOf(state, { code, moves_to, pause });
  // A state of a newer core is shown with whatever words there are.
  return { name, part: "kept", ...(STATES[name] ?? { mark: "needs_you", action: "retry" }) };
}

function nameOf(state, { code, moves_to, pause }) {
  if (state === "waiting") return waitingFor(code, moves_to);
  return state === "paused" && pause?.by === "operator" ? "paused_by_operator" : state;
}

/** What a pairing waits for: its code, or a person who approves it, for the first time or for another organisation. */
function waitingFor(code, organisation) {
  if (!code) return "asking";
  return typeof organisation === "string" ? "moving" : "waiting";
}
