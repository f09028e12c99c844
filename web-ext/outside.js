// What is seen of Skillferry while no page is open: the mark on the icon and notifications. Both follow what is stored.

import { withAccess } from "./host-access.js";
import { markOf, paintMark } from "./mark.js";
import { follow, tell } from "./notices.js";

/** Shows the state one at a time: the last one asked for is the last one painted, and no two tell the same thing. */
let turn = Promise.resolve();
let listening = false;

/** Registers what has to be registered in the first turn, and shows the state once. */
export function watchFromOutside() {
  chrome.storage.onChanged.addListener((changes, area) => {
    if (area === "local" && ["view", "failure", "settings"].some((key) => key in changes)) showOutside();
  });
  listenToClicks();
  showOutside();
}

/** Shows what is stored, on the icon and as notifications. */
export function showOutside() {
  turn = turn.then(show).catch((error) => console.error("Skillferry: the icon shows nothing new:", error?.message));
  return turn;
}

/** Notifications come with an optional permission, so their events are there only from the moment it is granted. */
export function listenToClicks() {
  if (listening || !chrome.notifications) return;
  chrome.notifications.onClicked.addListener((id) => follow(id));
  listening = true;
}

async function show() {
  const stored = await chrome.storage.local.get(["view", "failure"]);
  const view = await withAccess(stored.view ?? { state: "unpaired" });
  await paintMark(markOf(view, stored.failure));
  await tell(view);
}
