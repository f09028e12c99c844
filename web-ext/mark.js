// The mark on the icon: one of five, by text and colour, with the state in words where the pointer rests.

import { stateOf } from "./pages/states.js";
import { text } from "./pages/text.js";

/** What each mark looks like. No two share their text, so that nobody has to tell colours apart. */
export const MARKS = {
  none: { text: "", color: "#18733f" },
  working: { text: "…", color: "#1d5fbf" },
  needs_you: { text: "!", color: "#935407" },
  error: { text: "×", color: "#b3261e" },
  unpaired: { text: "–", color: "#4c6066" },
};

const WHITE = "#ffffff";

/** Which mark belongs to a view (with `withAccess`), or to a core that cannot go on; and the state's key for its words. */
export function markOf(view, failure) {
  if (failure) return { mark: "error", state: "stopped" };
  const { mark, name } = stateOf(view);
  return { mark, state: name };
}

/** What this background has painted last. */
let painted = null;

/** Paints it, unless it is there. Best effort: the mark repeats what the pages say. */
export async function paintMark({ mark, state }) {
  const wanted = `${mark} ${state}`;
  if (wanted === painted) return;
  painted = wanted;
  const { action } = chrome;
  const done = await Promise.allSettled([
    action.setBadgeText({ text: MARKS[mark].text }),
    action.setBadgeBackgroundColor({ color: MARKS[mark].color }),
    action.setBadgeTextColor({ color: WHITE }),
    action.setTitle({ title: text("tooltip", [text(`${state}_title`, [], state)]) }),
  ]);
  if (done.some(({ status }) => status === "rejected")) painted = null;
}
