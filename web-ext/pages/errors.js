// What helps against each error: one action a code, and the words on its button. The sentence for a code is the text of
// that name in `_locales`; a test holds the two against the codes of the core.

/** The words on the button of each action, as keys of `_locales`. */
export const ACTIONS = {
  allow: "action_allow",
  correct_address: "action_correct_address",
  diagnostics: "action_diagnostics",
  open_claude: "action_open_claude",
  open_server: "action_open_server",
  pair: "action_pair",
  restart: "action_restart",
  retry: "action_retry",
  sign_in: "action_sign_in",
};

/** The one action for each code. */
export const ACTION_OF = {
  ADDRESS_MISSING: "correct_address",
  ADDRESS_NOT_READABLE: "correct_address",
  ADDRESS_NOT_WEB: "correct_address",
  ADDRESS_NOT_ENCRYPTED: "correct_address",
  ADDRESS_WITH_PASSWORD: "correct_address",

  STATE_RESET: "diagnostics",

  SERVER_UNREACHABLE: "retry",
  SERVER_BUSY: "retry",
  SERVER_NOT_UNDERSTOOD: "open_server",
  SERVER_REFUSED: "open_server",
  SERVER_NOT_TOLD: "open_server",
  PAUSED: "open_server",
  CONNECTOR_SIGNED_OUT: "sign_in",
  CONNECTOR_ENDPOINT_CHANGED: "retry",
  CONNECTOR_BROKEN: "open_server",
  TOKEN_REVOKED: "pair",
  PAIRING_EXPIRED: "pair",
  PAIRING_ENDED: "pair",

  SIGNED_OUT: "sign_in",
  CHALLENGE: "open_claude",
  REMOTE_FORBIDDEN: "open_claude",
  REMOTE_UNAVAILABLE: "retry",
  REMOTE_TOO_FAST: "retry",
  ENDPOINT_CHANGED: "retry",
  ENDPOINT_DIFFERS: "diagnostics",
  READ_ONLY: "open_server",
  OTHER_ACCOUNT: "retry",
  TAB_NEEDED: "open_claude",
  SKILLS_SWITCHED_OFF: "retry",
  SCAN_PENDING: "retry",
  SCAN_BLOCKED: "open_claude",
  NO_ORGANISATION: "open_claude",

  REMOTE_NAME_TAKEN: "open_claude",
  REMOTE_CHANGED: "open_claude",
  REMOTE_UNREADABLE: "open_claude",
  REMOTE_MISSING: "retry",
  REMOTE_NOT_DOWNLOADABLE: "open_claude",
  REMOTE_REFUSED: "open_server",
  CHANGED_ON_BOTH_SIDES: "open_server",
  NOT_VERIFIED: "retry",
  SNAPSHOT_REFUSED: "open_server",
  IMPORT_NAME_TAKEN: "open_claude",
  IMPORT_TOO_LARGE: "open_claude",
  IMPORT_REFUSED: "open_claude",
  GROUP_NAME_TAKEN: "open_server",
  BUNDLE_MISSING: "open_server",
  BUNDLE_MISMATCH: "open_server",
  KIND_NOT_SUPPORTED: "diagnostics",
  PAYLOAD_INCOMPLETE: "diagnostics",

  CORE_NOT_LOADED: "restart",
  CORE_PANICKED: "restart",
  STORAGE_NOT_READ: "restart",
  STORAGE_NOT_WRITTEN: "restart",
  EVENT_NOT_UNDERSTOOD: "restart",
};

/** The one action for a code; a code of a newer core or server is tried again by itself, and by hand. */
export function actionOf(code) {
  return ACTION_OF[code] ?? "retry";
}
