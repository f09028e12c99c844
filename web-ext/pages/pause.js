// What is known about a pause of all work: since when, and what was said about it.

import { moment, text } from "./text.js";

/** One line about `view.pause`; empty where there is none, or nothing more is known than whose it is. */
export function aboutPause(pause) {
  const when = Date.parse(pause?.since ?? "");
  const since = when ? text("paused_since", [moment(when)]) : "";
  const reason = pause?.reason ? text("paused_reason", [pause.reason]) : "";
  return [since, reason].filter(Boolean).join(" ");
}
